package io.k8sfw.probes.agent.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class ExchangeTests {
  private final Exchange here = new Exchange();
  private final Exchange there = new Exchange();

  @Test
  void whatIsSaidIsHeardWhole() throws Exception {
    byte[] much = new byte[5 * Parcel.MOST_BYTES + 17];
    new Random(7).nextBytes(much);
    here.out().write(much);
    here.out().close();
    AtomicReference<byte[]> heard = new AtomicReference<>(new byte[0]);
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                heard.set(there.in().readAllBytes());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });

    while (reader.isAlive()) {
      swap();
      LockSupport.parkNanos(1000);
    }

    assertThat(heard.get()).isEqualTo(much);
  }

  @Test
  void nothingFollowsUntilAPieceWasTaken() throws Exception {
    say(here, "one");
    Parcel first = here.mine();
    say(here, "two");

    assertThat(here.mine()).isEqualTo(first);

    there.take(first);
    here.take(there.mine());
    assertThat(here.mine().number()).isEqualTo(2);
  }

  @Test
  void whatWasTakenIsNotStoredAnyLonger() throws Exception {
    say(here, "one");
    swap();
    here.take(there.mine());

    assertThat(here.mine().content()).isEmpty();
    assertThat(here.mine().number()).isEqualTo(1);
  }

  @Test
  void whatIsReadTwiceOrLateCountsOnce() throws Exception {
    say(here, "one");
    Parcel first = here.mine();
    there.take(first);
    there.take(first);
    here.take(there.mine());
    say(here, "two");
    there.take(here.mine());
    there.take(first);
    here.out().close();
    swap();
    swap();

    assertThat(new String(there.in().readAllBytes(), UTF_8)).isEqualTo("onetwo");
  }

  @Test
  void whoeverReadsSlowlyIsNotSentMore() throws Exception {
    for (int i = 0; i < 10; i++) {
      say(here, "x".repeat(100));
      swap();
    }

    assertThat(there.mine().taken()).isEqualTo(4);
  }

  @Test
  void aMissingPieceIsNoticed() {
    assertThatThrownBy(() -> here.take(new Parcel(2, "", "", 0, false)))
        .isInstanceOf(BrokenRelayException.class)
        .hasMessageContaining("missing");
  }

  @Test
  void aChangedPieceIsNoticed() throws Exception {
    say(here, "one");
    Parcel mine = here.mine();
    Parcel forged = new Parcel(1, "Zm91cg==", mine.digest(), 0, false);

    assertThatThrownBy(() -> there.take(forged))
        .isInstanceOf(BrokenRelayException.class)
        .hasMessageContaining("digests differ");
  }

  @Test
  void anAcknowledgementOfWhatWasNeverSentIsNoticed() {
    assertThatThrownBy(() -> here.take(new Parcel(0, "", "", 1, false)))
        .isInstanceOf(BrokenRelayException.class)
        .hasMessageContaining("never sent");
  }

  @Test
  void aCutStreamIsNoEnd() {
    say(here, "half a li");
    here.fail(new IOException("the API server is gone"));
    there.fail(new IOException("the API server is gone"));

    assertThatThrownBy(() -> there.in().readAllBytes())
        .isInstanceOf(IOException.class)
        .hasMessage("the API server is gone");
  }

  @Test
  void itIsOverWhenBothHaveHeardAll() throws Exception {
    say(here, "bye");
    here.out().close();
    there.out().close();
    swap();
    swap();
    swap();

    assertThat(here.isOver()).isTrue();
    assertThat(there.isOver()).isTrue();
  }

  @Test
  void parcelsComeOutOfConfigMapsAsTheyWent() throws Exception {
    say(here, "one");
    Parcel mine = here.mine();

    assertThat(Parcel.of(mine.data())).isEqualTo(mine);
    assertThat(Parcel.of(Map.of())).isEqualTo(Parcel.NONE);
  }

  @Test
  void aConfigMapOfSomebodyElseIsNoParcel() {
    assertThatThrownBy(() -> Parcel.of(Map.of("number", "many", "taken", "0")))
        .isInstanceOf(BrokenRelayException.class);
    assertThatThrownBy(() -> Parcel.of(Map.of("number", "1", "taken", "0", "content", "?")))
        .isInstanceOf(BrokenRelayException.class);
    assertThatThrownBy(() -> Parcel.of(Map.of("content", "A".repeat(1 << 20))))
        .isInstanceOf(BrokenRelayException.class)
        .hasMessageContaining("more than");
  }

  private void swap() throws IOException {
    there.take(here.mine());
    here.take(there.mine());
  }

  private static void say(Exchange exchange, String text) {
    try {
      exchange.out().write(text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
