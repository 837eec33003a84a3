package io.k8sfw.probes.agent;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import tools.jackson.core.io.JsonStringEncoder;

/// Writes messages as lines of JSON, none of them long: `{"id":7,"body":{"type":"Probe",…}}`.
///
/// A list that would make its line long goes ahead of it, in pieces:
/// `{"id":7,"list":0,"items":[…]}`, and where it belongs is `{"list":0,"count":65535}`. So the body
/// comes last, and says how much there has to be.
///
/// May be used from several threads. Blocks while nobody reads.
final class MessageWriter {
  /// A list longer than this many characters goes ahead, in pieces of about this size.
  private static final int PIECE = 4096;

  private final OutputStream out;

  MessageWriter(OutputStream out) {
    this.out = out;
  }

  /// @param as a sealed interface, one of whose records `body` is
  <T> void write(long id, Class<T> as, T body) throws IOException {
    try {
      new Lines(id).body(as, body);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private synchronized void line(CharSequence line) {
    try {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Those of one message.
  private final class Lines {
    private final JsonStringEncoder quoting = JsonStringEncoder.getInstance();
    private final String start;
    private int lists;

    Lines(long id) {
      start = "{\"id\":" + id;
    }

    void body(Type as, Object body) {
      StringBuilder line = new StringBuilder(start).append(",\"body\":");
      value(line, as, body);
      line(line.append('}'));
    }

    private void value(StringBuilder to, Type type, Object value) {
      Class<?> raw = raw(type);
      if (ScalarText.is(raw)) {
        text(to, ScalarText.write(raw, value));
      } else if (value instanceof Optional<?> optional) {
        optional.ifPresentOrElse(v -> value(to, argument(type, 0), v), () -> to.append("null"));
      } else if (value instanceof PortSet ports) {
        list(to, ports.ranges(), (piece, range) -> value(piece, PortRange.class, range));
      } else if (value instanceof Collection<?> items) {
        list(to, items, (piece, item) -> value(piece, argument(type, 0), item));
      } else if (value instanceof Map<?, ?> map) {
        list(to, map.entrySet(), (piece, entry) -> pair(piece, type, entry));
      } else if (value instanceof Enum<?> word) {
        text(to, word.name());
      } else if (value instanceof Record whole) {
        whole(to, raw, whole);
      } else if (raw.isPrimitive()) {
        to.append(value);
      } else {
        throw new IllegalStateException(
            String.format(Locale.ROOT, "no form on the wire for %s", type));
      }
    }

    private void text(StringBuilder to, String text) {
      to.append('"');
      quoting.quoteAsString(text, to);
      to.append('"');
    }

    private void pair(StringBuilder to, Type map, Map.Entry<?, ?> entry) {
      to.append('[');
      value(to, argument(map, 0), entry.getKey());
      to.append(',');
      value(to, argument(map, 1), entry.getValue());
      to.append(']');
    }

    private void whole(StringBuilder to, Class<?> as, Record value) {
      RecordShape shape = RecordShape.of(value.getClass());
      char before = '{';
      if (as.isSealed()) {
        to.append("{\"type\":\"").append(value.getClass().getSimpleName()).append('"');
        before = ',';
      } else if (shape.names().isEmpty()) {
        to.append('{');
      }
      for (int i = 0; i < shape.names().size(); i++) {
        to.append(before).append('"').append(shape.names().get(i)).append("\":");
        value(to, shape.types().get(i), shape.get(value, i));
        before = ',';
      }
      to.append('}');
    }

    private <T> void list(
        StringBuilder to, Collection<T> items, BiConsumer<StringBuilder, T> write) {
      StringBuilder piece = new StringBuilder("[");
      int number = -1;
      for (T item : items) {
        if (piece.length() > 1) {
          piece.append(',');
        }
        write.accept(piece, item);
        if (piece.length() > PIECE) {
          number = number < 0 ? lists++ : number;
          ahead(number, piece);
          piece.setLength(1);
        }
      }
      if (number < 0) {
        to.append(piece).append(']');
        return;
      }
      if (piece.length() > 1) {
        ahead(number, piece);
      }
      to.append("{\"list\":").append(number).append(",\"count\":").append(items.size()).append('}');
    }

    private void ahead(int list, StringBuilder piece) {
      line(start + ",\"list\":" + list + ",\"items\":" + piece + "]}");
    }
  }

  static Class<?> raw(Type type) {
    return type instanceof ParameterizedType p ? raw(p.getRawType()) : (Class<?>) type;
  }

  static Type argument(Type type, int index) {
    if (type instanceof ParameterizedType p) {
      return p.getActualTypeArguments()[index];
    }
    throw new IllegalStateException("a collection of what? " + type);
  }
}
