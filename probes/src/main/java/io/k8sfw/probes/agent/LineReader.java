package io.k8sfw.probes.agent;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/// Reads lines, none of them long, whatever comes.
final class LineReader {
  private static final int BLOCK = 8192;

  private final InputStream in;
  private final int longest;
  private final byte[] block = new byte[BLOCK];
  private int next;
  private int end;

  /// @param longest bytes of a line
  LineReader(InputStream in, int longest) {
    this.in = in;
    this.longest = longest;
  }

  /// @return the next line without its end; empty at the end of the stream
  /// @throws LongLineException where it is longer than it may be
  /// @throws IOException also where the stream ends within a line
  Optional<byte[]> next() throws IOException {
    byte[] line = new byte[0];
    while (true) {
      if (next == end) {
        next = 0;
        end = Math.max(0, in.read(block));
        if (end == 0) {
          if (line.length == 0) {
            return Optional.empty();
          }
          throw new IOException("it ended within a line");
        }
      }
      int stop = next;
      while (stop < end && block[stop] != '\n') {
        stop++;
      }
      int length = line.length;
      if (length + stop - next > longest) {
        throw new LongLineException(longest);
      }
      line = Arrays.copyOf(line, length + stop - next);
      System.arraycopy(block, next, line, length, stop - next);
      next = Math.min(end, stop + 1);
      if (stop < end) {
        return Optional.of(line);
      }
    }
  }

  /// A line that is longer than any has to be.
  static final class LongLineException extends IOException {
    private static final long serialVersionUID = 1L;

    LongLineException(int longest) {
      super("it sent a line of more than " + longest + " bytes");
    }
  }
}
