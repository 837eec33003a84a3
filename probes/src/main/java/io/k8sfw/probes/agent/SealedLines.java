package io.k8sfw.probes.agent;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.input.Sha256;
import io.k8sfw.input.SourcePosition;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Files of messages that are carried between machines.
///
/// The first line says what the file is, and who wrote it: builds do not guess what others meant.
/// The last is the SHA-256 of all bytes before it, `{"sha256":"…"}`: so it shows whether the file
/// is whole and as it was written. That is against accidents, not against forgers: whoever can
/// write the file can seal it.
///
/// @param <T> what its lines are: a sealed interface of records
/// @param kind what the file is, for people: `a plan of k8sfw-audit`
/// @param format changed with everything that another build would misread
record SealedLines<T>(Class<T> type, String kind, int format) {
  private static final String SEAL = "{\"sha256\":\"%s\"}\n";

  /// The first line, the same in every format.
  sealed interface First {
    record File(String kind, int format, String tool) implements First {}
  }

  /// Starts a file. It is a torn one until [Sealing#seal].
  Sealing<T> begin(OutputStream out) throws IOException {
    return new Sealing<>(out, this);
  }

  /// A file that is being written.
  static final class Sealing<T> {
    private final OutputStream out;
    private final MessageDigest digest;
    private final Class<T> type;
    private final MessageWriter messages;

    private Sealing(OutputStream out, SealedLines<T> file) throws IOException {
      this.out = out;
      this.type = file.type();
      this.digest = sha256();
      this.messages = new MessageWriter(new Copied(out, digest));
      messages.write(
          AgentProtocol.NOBODY,
          First.class,
          new First.File(file.kind(), file.format(), AgentProtocol.build()));
    }

    void write(T line) throws IOException {
      messages.write(AgentProtocol.NOBODY, type, line);
    }

    void seal() throws IOException {
      String hash = HexFormat.of().formatHex(digest.digest());
      out.write(SEAL.formatted(hash).getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }
  }

  /// Passes everything on, and digests it.
  private static final class Copied extends OutputStream {
    private final OutputStream out;
    private final MessageDigest digest;

    Copied(OutputStream out, MessageDigest digest) {
      this.out = out;
      this.digest = digest;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      digest.update(bytes, from, length);
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// A message, and the line that its body is on, from 1.
  record Line<T>(int number, T said) {}

  /// @param source the file as the user named it
  /// @throws InvalidInputException where it is not exactly what this build wrote
  List<Line<T>> read(String source, byte[] bytes) throws InvalidInputException {
    byte[] whole = unsealed(source, bytes);
    Lines in = new Lines(whole);
    try {
      check(source, new MessageReader<>(in, First.class, () -> 0).next());
      var messages = new MessageReader<>(in, type, () -> whole.length);
      List<Line<T>> lines = new ArrayList<>();
      Optional<MessageReader.Message<T>> next = messages.next();
      while (next.isPresent()) {
        lines.add(new Line<>(in.number, next.get().body()));
        next = messages.next();
      }
      return lines;
    } catch (IOException e) {
      throw refused(source, in.number, "is not " + kind + ": " + e.getMessage());
    }
  }

  private void check(String source, Optional<MessageReader.Message<First>> first)
      throws InvalidInputException {
    if (first.isEmpty() || !(first.get().body() instanceof First.File file)) {
      throw refused(source, 1, "is not " + kind);
    }
    if (!file.kind().equals(kind)) {
      throw refused(source, 1, "is " + file.kind() + ", not " + kind);
    }
    if (file.format() != format || !file.tool().equals(AgentProtocol.build())) {
      throw refused(
          source,
          1,
          "was written by k8sfw-audit %s (format %d), and this is %s (format %d); use the same at both places"
              .formatted(file.tool(), file.format(), AgentProtocol.build(), format));
    }
  }

  private byte[] unsealed(String source, byte[] bytes) throws InvalidInputException {
    int end = bytes.length - SEAL.formatted("0".repeat(64)).length();
    byte[] before = Arrays.copyOf(bytes, Math.max(0, end));
    byte[] seal = Arrays.copyOfRange(bytes, before.length, bytes.length);
    if (Arrays.equals(
        seal, SEAL.formatted(Sha256.of(before)).getBytes(StandardCharsets.US_ASCII))) {
      return before;
    }
    boolean isSealed = new String(seal, StandardCharsets.ISO_8859_1).startsWith("{\"sha256\":\"");
    int last = 1;
    for (int i = 0; i < bytes.length - 1; i++) {
      last += bytes[i] == '\n' ? 1 : 0;
    }
    throw refused(
        source,
        last,
        isSealed
            ? "is not as it was written: its SHA-256 is another than its last line says; copy it"
                + " again from where it was made"
            : "is not "
                + kind
                + ", or not whole: its last line is no SHA-256; copy it again from"
                + " where it was made");
  }

  static InvalidInputException refused(String source, int line, String message) {
    return new InvalidInputException(
        List.of(new Problem(new SourcePosition(source, line, 1), "", message)));
  }

  /// Hands out a line at a time, so that it is known which one is being read.
  private static final class Lines extends InputStream {
    private final ByteArrayInputStream in;
    int number;

    Lines(byte[] bytes) {
      in = new ByteArrayInputStream(bytes);
    }

    @Override
    public int read() {
      throw new IllegalStateException("lines are read, not bytes");
    }

    @Override
    public int read(byte[] to, int from, int length) {
      int count = 0;
      while (count < length) {
        int b = in.read();
        if (b < 0) {
          return count == 0 ? -1 : count;
        }
        to[from + count++] = (byte) b;
        if (b == '\n') {
          number++;
          break;
        }
      }
      return count;
    }
  }
}
