package io.k8sfw.probes.agent;

import static io.k8sfw.probes.agent.MessageReader.expect;
import static io.k8sfw.probes.agent.MessageWriter.argument;
import static io.k8sfw.probes.agent.MessageWriter.raw;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Reads one value that a [MessageWriter] wrote. Whatever is not exactly that makes it throw a
/// [RuntimeException].
final class MessageBody {
  private final JsonParser in;
  private final Map<Integer, List<byte[]>> ahead;

  /// @param in at the name or bracket before the value's first token is read
  /// @param ahead lines with pieces of lists, by the list's number; each is taken out when read
  MessageBody(JsonParser in, Map<Integer, List<byte[]>> ahead) {
    this.in = in;
    this.ahead = ahead;
  }

  /// @return the value at the current token
  Object read(Type type) {
    Class<?> raw = raw(type);
    JsonToken token = in.currentToken();
    if (raw == Optional.class) {
      return token == JsonToken.VALUE_NULL
          ? Optional.empty()
          : Optional.of(read(argument(type, 0)));
    }
    if (raw.isPrimitive()) {
      return primitive(raw);
    }
    if (ScalarText.is(raw)) {
      return ScalarText.read(raw, text());
    }
    if (raw.isEnum()) {
      return word(raw, text());
    }
    if (raw == PortSet.class) {
      return ScalarText.ports(list(body -> body.read(PortRange.class)));
    }
    if (Map.class.isAssignableFrom(raw)) {
      return map(type);
    }
    if (Collection.class.isAssignableFrom(raw)) {
      List<Object> items = list(body -> body.read(argument(type, 0)));
      return Set.class.isAssignableFrom(raw) ? new LinkedHashSet<>(items) : items;
    }
    return whole(raw);
  }

  private Object primitive(Class<?> raw) {
    if (raw == boolean.class) {
      return in.getBooleanValue();
    }
    if (raw == int.class) {
      expect(in.currentToken() == JsonToken.VALUE_NUMBER_INT);
      return in.getIntValue();
    }
    if (raw == long.class) {
      expect(in.currentToken() == JsonToken.VALUE_NUMBER_INT);
      return in.getLongValue();
    }
    expect(raw == double.class && in.currentToken().isNumeric());
    return in.getDoubleValue();
  }

  private String text() {
    expect(in.currentToken() == JsonToken.VALUE_STRING);
    return in.getString();
  }

  private static Object word(Class<?> type, String text) {
    for (Object value : type.getEnumConstants()) {
      if (((Enum<?>) value).name().equals(text)) {
        return value;
      }
    }
    throw new IllegalArgumentException("no such word");
  }

  private Map<Object, Object> map(Type type) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (Object pair : list(body -> body.pair(type))) {
      Map.Entry<?, ?> entry = (Map.Entry<?, ?>) pair;
      expect(map.put(entry.getKey(), entry.getValue()) == null);
    }
    return map;
  }

  private Map.Entry<Object, Object> pair(Type map) {
    expect(in.currentToken() == JsonToken.START_ARRAY);
    in.nextToken();
    Object key = read(argument(map, 0));
    in.nextToken();
    Object value = read(argument(map, 1));
    expect(in.nextToken() == JsonToken.END_ARRAY);
    return Map.entry(key, value);
  }

  private List<Object> list(Function<MessageBody, Object> item) {
    List<Object> items = new ArrayList<>();
    if (in.currentToken() == JsonToken.START_ARRAY) {
      items(item, items);
      return items;
    }
    expect(in.currentToken() == JsonToken.START_OBJECT);
    int number = number("list");
    int count = number("count");
    expect(in.nextToken() == JsonToken.END_OBJECT);
    List<byte[]> lines = ahead.remove(number);
    expect(lines != null);
    if (lines != null) {
      lines.forEach(line -> piece(line, item, items));
    }
    expect(items.size() == count);
    return items;
  }

  private int number(String name) {
    expect(name.equals(in.nextName()));
    expect(in.nextToken() == JsonToken.VALUE_NUMBER_INT);
    return in.getIntValue();
  }

  private void items(Function<MessageBody, Object> item, List<Object> to) {
    while (in.nextToken() != JsonToken.END_ARRAY) {
      to.add(item.apply(this));
    }
  }

  /// `{"id":7,"list":0,"items":[…]}`, of which the numbers are known.
  private void piece(byte[] line, Function<MessageBody, Object> item, List<Object> to) {
    try (JsonParser piece = MessageReader.parser(line)) {
      piece.nextToken();
      for (String name : new String[] {"id", "list", "items"}) {
        expect(name.equals(piece.nextName()));
        piece.nextToken();
      }
      expect(piece.currentToken() == JsonToken.START_ARRAY);
      new MessageBody(piece, ahead).items(item, to);
      expect(piece.nextToken() == JsonToken.END_OBJECT && piece.nextToken() == null);
    }
  }

  private Object whole(Class<?> raw) {
    expect(in.currentToken() == JsonToken.START_OBJECT);
    Class<?> type = raw;
    if (raw.isSealed()) {
      expect("type".equals(in.nextName()));
      in.nextToken();
      type = permitted(raw, text());
    }
    RecordShape shape = RecordShape.of(type);
    Map<String, Object> values = new HashMap<>();
    for (String name = in.nextName(); name != null; name = in.nextName()) {
      int component = shape.names().indexOf(name);
      expect(component >= 0);
      in.nextToken();
      expect(values.put(name, read(shape.types().get(component))) == null);
    }
    expect(in.currentToken() == JsonToken.END_OBJECT && values.size() == shape.names().size());
    return shape.make(shape.names().stream().map(values::get).toList());
  }

  private static Class<?> permitted(Class<?> sealed, String name) {
    for (Class<?> each : sealed.getPermittedSubclasses()) {
      if (each.getSimpleName().equals(name)) {
        return each;
      }
    }
    throw new IllegalArgumentException("no such kind");
  }
}
