package io.k8sfw.probes.agent.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Carries what the two sides of an [Exchange] say from one ConfigMap to the other.
///
/// Reads twice a second, and writes at most once: a write costs etcd something.
public final class Relay {
  /// An API server that restarts is back within that time.
  public static final Duration RESTART = Duration.ofSeconds(45);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
  private static final Duration WRITE_AGAIN = Duration.ofSeconds(1);

  private final Exchange exchange;
  private final Board board;
  private final Duration unheard;
  private final Duration patience;
  private final Thread carrying;
  private volatile boolean ended;

  /// Begins.
  ///
  /// @param unheard how long the API server may stay away at first before the exchange fails with
  ///   what was wrong last
  /// @param patience how long it may later
  /// @param name for people who look at threads
  public Relay(Exchange exchange, Board board, Duration unheard, Duration patience, String name) {
    this.exchange = exchange;
    this.board = board;
    this.unheard = unheard;
    this.patience = patience;
    carrying = Thread.ofVirtual().name("relay-" + name).start(this::carry);
  }

  private void carry() {
    Parcel written = Parcel.NONE;
    long wrote = System.nanoTime() - WRITE_AGAIN.toNanos();
    long worked = System.nanoTime();
    Duration longest = unheard;
    while (!ended && !exchange.isOver()) {
      try {
        exchange.take(board.read());
        if (System.nanoTime() - wrote >= WRITE_AGAIN.toNanos()) {
          Parcel mine = exchange.mine();
          if (!mine.equals(written)) {
            wrote = System.nanoTime();
            board.write(mine);
            written = mine;
          }
        }
        worked = System.nanoTime();
        longest = patience;
      } catch (BrokenRelayException e) {
        exchange.fail(e);
        return;
      } catch (IOException e) {
        if (System.nanoTime() - worked > longest.toNanos()) {
          exchange.fail(e);
          return;
        }
      }
      try {
        TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
      } catch (InterruptedException _) {
        break;
      }
    }
    exchange.fail(new IOException("the relay was ended here"));
  }

  /// Waits until both sides have heard all that the other said.
  public void await(Duration longest) {
    try {
      carrying.join(longest);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends it, whatever is on its way.
  public void end() {
    ended = true;
    carrying.interrupt();
  }
}
