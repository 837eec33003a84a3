package io.k8sfw.input;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// Reads the files that people write for us: a small, strict part of YAML 1.2.
///
/// One document of UTF-8, at most 8 MiB (an inventory of ten thousand nodes), 20 levels and 4 KiB a
/// value. No anchors, aliases, merge keys or tags, and no key twice: each can make a policy say
/// what its reader does not see.
public final class YamlReader {
  public static final int MAX_BYTES = 8 << 20;

  private YamlReader() {}

  /// Reads `bytes`; what is wrong inside the document waits in the value's problems, so that it can
  /// be told together with what its reader finds.
  ///
  /// @param file as the user named it
  /// @throws InvalidInputException when nothing can be read: too large, not UTF-8, not YAML
  public static YamlValue read(String file, byte[] bytes) throws InvalidInputException {
    if (bytes.length > MAX_BYTES) {
      throw refuse(
          SourcePosition.wholeFile(file),
          "has " + bytes.length + " bytes; at most " + MAX_BYTES + " are read");
    }
    String text = decode(file, bytes);
    requirePrintable(file, text);
    return YamlTree.parse(file, text);
  }

  static InvalidInputException refuse(SourcePosition where, String message) {
    return new InvalidInputException(List.of(new Problem(where, "", message)));
  }

  /// Without the byte order mark that some editors put in front.
  private static String decode(String file, byte[] bytes) throws InvalidInputException {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      String text = decoder.decode(in).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      CharBuffer good = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes, 0, in.position()));
      throw refuse(
          after(file, good.toString()), "is not UTF-8 from here on; save the file as UTF-8");
    }
  }

  /// YAML 1.2.2 section 5.1: the characters that a file may hold.
  private static void requirePrintable(String file, String text) throws InvalidInputException {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (!StreamReader.isPrintable(c)) {
        String name = String.format("U+%04X", c);
        throw refuse(after(file, text.substring(0, i)), name + " may not stand in a YAML file");
      }
    }
  }

  /// The place behind `before`.
  private static SourcePosition after(String file, String before) {
    int lastBreak = before.lastIndexOf('\n');
    int line = 1 + (int) before.chars().filter(c -> c == '\n').count();
    int column = 1 + before.codePointCount(lastBreak + 1, before.length());
    return new SourcePosition(file, line, column);
  }
}
