package io.k8sfw.probes.agent;

import io.k8sfw.model.Untrusted;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// Reads what a [MessageWriter] wrote, and takes nothing else: no long line, no deep nesting, no
/// unknown or missing field, and no more than there is room for.
///
/// @param <T> a sealed interface of records
final class MessageReader<T> {
  /// Longer than any line that a [MessageWriter] writes.
  static final int LONGEST_LINE = 1 << 18;

  private static final int DEEPEST = 32;
  private static final int SHOWN = 60;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxStringLength(LONGEST_LINE)
                  .maxNumberLength(32)
                  .maxNameLength(128)
                  .build())
          .build();

  private final LineReader lines;
  private final Class<T> type;
  private final LongSupplier room;

  /// Lists that came ahead of their bodies, by the number of the message.
  private final Map<Long, Map<Integer, List<byte[]>>> ahead = new HashMap<>();

  private final Map<Long, Long> sizes = new HashMap<>();
  private long held;

  /// What was said, and about which question.
  record Message<T>(long id, T body) {}

  /// @param room bytes that may be held for bodies that are still to come
  MessageReader(InputStream in, Class<T> type, LongSupplier room) {
    this.lines = new LineReader(in, LONGEST_LINE);
    this.type = type;
    this.room = room;
  }

  /// Waits for the next whole message.
  ///
  /// @return empty at the end of the stream
  /// @throws IOException with a cause for people where something else came
  Optional<Message<T>> next() throws IOException {
    while (true) {
      Optional<byte[]> line = lines.next();
      if (line.isEmpty()) {
        return Optional.empty();
      }
      Optional<Message<T>> message = read(line.get());
      if (message.isPresent()) {
        return message;
      }
    }
  }

  static JsonParser parser(byte[] line) {
    return JSON.createParser(ObjectReadContext.empty(), line);
  }

  private Optional<Message<T>> read(byte[] line) throws IOException {
    try (JsonParser in = parser(line)) {
      expect(in.nextToken() == JsonToken.START_OBJECT);
      expect("id".equals(in.nextName()));
      expect(in.nextToken() == JsonToken.VALUE_NUMBER_INT);
      long id = in.getLongValue();
      String what = in.nextName();
      in.nextToken();
      if ("list".equals(what)) {
        keep(id, in.getIntValue(), line);
        return Optional.empty();
      }
      expect("body".equals(what));
      Map<Integer, List<byte[]>> lists =
          Optional.ofNullable(ahead.remove(id)).orElseGet(HashMap::new);
      held -= Optional.ofNullable(sizes.remove(id)).orElse(0L);
      T body = type.cast(new MessageBody(in, lists).read(type));
      expect(in.nextToken() == JsonToken.END_OBJECT && in.nextToken() == null);
      expect(lists.isEmpty());
      return Optional.of(new Message<>(id, body));
    } catch (RuntimeException e) {
      // The parser's, a value's own, or ours: whoever wrote this line does not speak our language.
      throw new IOException("it sent something else than a message: " + shown(line), e);
    }
  }

  private void keep(long id, int list, byte[] line) throws IOException {
    held += line.length;
    sizes.merge(id, (long) line.length, Long::sum);
    if (held > room.getAsLong()) {
      throw new IOException("it sent more than there is to say");
    }
    ahead
        .computeIfAbsent(id, _ -> new HashMap<>())
        .computeIfAbsent(list, _ -> new java.util.ArrayList<>())
        .add(line);
  }

  static void expect(boolean so) {
    if (!so) {
      throw new IllegalArgumentException("not a message");
    }
  }

  private static String shown(byte[] line) {
    String start = new String(line, 0, Math.min(line.length, 4 * SHOWN), StandardCharsets.UTF_8);
    return '"' + Untrusted.of(start).visible(SHOWN) + '"';
  }
}
