package io.k8sfw.probes.agent.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Two streams, made of parcels: what is said here, and what is heard of the other side.
///
/// A piece stays until the other side has taken it; only then comes the next one. So a write that
/// is repeated, and a read that is old, do no harm; a piece that is missing or changed is noticed.
public final class Exchange {
  /// Bytes that may be said before anybody has to wait.
  private static final int MOST_SAID = 1 << 20;

  /// Pieces that are taken before anybody reads them.
  private static final int MOST_HEARD = 4;

  private final InputStream in = new Heard();
  private final OutputStream out = new Said();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final MessageDigest saidSoFar = sha256();
  private final ArrayDeque<byte[]> heard = new ArrayDeque<>();
  private final MessageDigest heardSoFar = sha256();
  private Parcel mine = Parcel.NONE;
  private long acknowledged;
  private long taken;
  private boolean isSilent;
  private boolean isClosed;
  private @Nullable IOException failure;

  /// What the other side says. One thread reads.
  public InputStream in() {
    return in;
  }

  /// What is said to the other side. Closing it says that this was all.
  public OutputStream out() {
    return out;
  }

  /// Looks at what the other side has in its ConfigMap.
  ///
  /// @throws BrokenRelayException where it is not what comes next
  public synchronized void take(Parcel theirs) throws BrokenRelayException {
    if (theirs.taken() > mine.number()) {
      throw new BrokenRelayException("it took what was never sent");
    }
    acknowledged = Math.max(acknowledged, theirs.taken());
    if (theirs.number() <= taken || heard.size() == MOST_HEARD) {
      return;
    }
    if (theirs.number() > taken + 1) {
      throw new BrokenRelayException("a piece of what it said is missing");
    }
    byte[] content = theirs.bytes();
    heardSoFar.update(content);
    if (!hex(heardSoFar).equals(theirs.digest())) {
      throw new BrokenRelayException("what came is not what was sent: the digests differ");
    }
    taken++;
    isSilent = theirs.last();
    if (content.length > 0) {
      heard.add(content);
    }
    notifyAll();
  }

  /// What is to be in our own ConfigMap now. To be asked when it can be written, not before.
  public synchronized Parcel mine() {
    boolean isTaken = acknowledged == mine.number();
    if (isTaken && (said.size() > 0 || (isClosed && !mine.last()))) {
      byte[] all = said.toByteArray();
      byte[] next = Arrays.copyOf(all, Math.min(all.length, Parcel.MOST_BYTES));
      said.reset();
      said.write(all, next.length, all.length - next.length);
      saidSoFar.update(next);
      mine =
          new Parcel(
              mine.number() + 1,
              Base64.getEncoder().encodeToString(next),
              hex(saidSoFar),
              taken,
              isClosed && said.size() == 0);
      notifyAll();
    } else {
      mine =
          new Parcel(
              mine.number(), isTaken ? "" : mine.content(), mine.digest(), taken, mine.last());
    }
    return mine;
  }

  /// Whether the other side has nothing more to say, and has heard what we said.
  synchronized boolean isOver() {
    return isSilent && isClosed && mine.last() && acknowledged == mine.number();
  }

  /// Whoever reads or writes hears of it from now on.
  synchronized void fail(IOException cause) {
    failure = failure == null ? cause : failure;
    notifyAll();
  }

  /// Whether the other side has said that this was all, and all of it was taken.
  public synchronized boolean isSilent() {
    return isSilent;
  }

  private synchronized int read(byte[] to, int from, int length) throws IOException {
    try {
      while (heard.isEmpty() && !isSilent) {
        check();
        wait();
      }
    } catch (InterruptedException _) {
      throw interrupted();
    }
    byte[] first = heard.poll();
    if (first == null) {
      return -1;
    }
    int got = Math.min(length, first.length);
    System.arraycopy(first, 0, to, from, got);
    if (got < first.length) {
      heard.addFirst(Arrays.copyOfRange(first, got, first.length));
    }
    return got;
  }

  private synchronized void say(byte[] bytes, int from, int length) throws IOException {
    try {
      while (said.size() > 0 && said.size() + length > MOST_SAID) {
        check();
        wait();
      }
    } catch (InterruptedException _) {
      throw interrupted();
    }
    if (isClosed) {
      throw new IOException("closed");
    }
    said.write(bytes, from, length);
  }

  private synchronized void close() {
    isClosed = true;
  }

  private synchronized void check() throws IOException {
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  private static IOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
  }

  private static String hex(MessageDigest soFar) {
    try {
      return HexFormat.of().formatHex(((MessageDigest) soFar.clone()).digest());
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the SHA-256 of every Java can be cloned", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private final class Heard extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
      return length == 0 ? 0 : Exchange.this.read(to, from, length);
    }
  }

  private final class Said extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      say(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      say(bytes, from, length);
    }

    @Override
    public void close() {
      Exchange.this.close();
    }
  }
}
