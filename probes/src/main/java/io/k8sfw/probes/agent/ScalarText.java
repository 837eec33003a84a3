package io.k8sfw.probes.agent;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.function.Function;

/// Values that are one piece of text on the wire.
final class ScalarText {
  /// Longer text is nothing that an agent or controller has to say.
  static final int LONGEST = 4096;

  private record Form(Function<Object, String> write, Function<String, Object> read) {}

  private static final Map<Class<?>, Form> FORMS =
      Map.ofEntries(
          form(String.class, s -> s, ScalarText::harmless),
          form(Untrusted.class, Untrusted::raw, Untrusted::of),
          form(InetAddress.class, AddressText::of, ScalarText::address),
          form(InetSocketAddress.class, ScalarText::endpoint, ScalarText::endpoint),
          form(PortRange.class, PortRange::toString, ScalarText::range),
          form(Protocol.class, Protocol::name, s -> new Protocol(harmless(s))),
          form(Instant.class, Instant::toString, Instant::parse),
          form(Duration.class, Duration::toString, Duration::parse),
          form(
              byte[].class,
              Base64.getEncoder()::encodeToString,
              s -> Base64.getDecoder().decode(s)));

  private ScalarText() {}

  private static <T> Map.Entry<Class<?>, Form> form(
      Class<T> type, Function<T, String> write, Function<String, T> read) {
    return Map.entry(type, new Form(value -> write.apply(type.cast(value)), read::apply));
  }

  static boolean is(Class<?> type) {
    return FORMS.containsKey(type);
  }

  /// @return at most [#LONGEST] characters
  static String write(Class<?> type, Object value) {
    String text = form(type).write().apply(value);
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
  }

  /// @throws RuntimeException where that is no such value
  static Object read(Class<?> type, String text) {
    return form(type).read().apply(text);
  }

  private static Form form(Class<?> type) {
    Form form = FORMS.get(type);
    if (form == null) {
      throw new IllegalStateException("never text: " + type);
    }
    return form;
  }

  /// Plain text is our own words everywhere else, and so must not act: an agent may be anybody.
  private static String harmless(String text) {
    return Untrusted.of(text).visible(LONGEST);
  }

  /// Literals only, and none that names an interface: nothing is looked up.
  private static InetAddress address(String text) {
    if (!text.matches("[0-9a-fA-F:.]{2,45}")) {
      throw new IllegalArgumentException("not an address");
    }
    return InetAddress.ofLiteral(text);
  }

  private static String endpoint(InetSocketAddress endpoint) {
    return AddressText.of(endpoint.getAddress()) + "#" + endpoint.getPort();
  }

  private static InetSocketAddress endpoint(String text) {
    int mark = text.indexOf('#');
    return new InetSocketAddress(
        address(text.substring(0, mark)), Integer.parseInt(text.substring(mark + 1)));
  }

  private static PortRange range(String text) {
    int mark = text.indexOf('-');
    int first = Integer.parseInt(mark < 0 ? text : text.substring(0, mark));
    return new PortRange(first, mark < 0 ? first : Integer.parseInt(text.substring(mark + 1)));
  }

  /// A set is a list of its runs.
  static PortSet ports(Iterable<?> ranges) {
    java.util.List<PortRange> all = new java.util.ArrayList<>();
    ranges.forEach(range -> all.add((PortRange) range));
    return PortSet.of(all);
  }
}
