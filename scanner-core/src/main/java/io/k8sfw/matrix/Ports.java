package io.k8sfw.matrix;

import io.k8sfw.input.YamlValue;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Reading protocols and ports.
final class Ports {
  /// Keywords of the IANA registry "Assigned Internet Protocol Numbers", but for `ipip` (its number
  /// 4) and `icmpv6` (58), which firewalls call so.
  private static final Map<String, Integer> NUMBERS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("icmp", 1),
              Map.entry("ipip", 4),
              Map.entry("tcp", 6),
              Map.entry("udp", 17),
              Map.entry("gre", 47),
              Map.entry("esp", 50),
              Map.entry("ah", 51),
              Map.entry("icmpv6", 58),
              Map.entry("ospf", 89),
              Map.entry("vrrp", 112),
              Map.entry("sctp", 132)));

  private Ports() {}

  /// One name for one protocol: `TCP` and `6` are `tcp`.
  static Optional<Protocol> readProtocol(YamlValue value) {
    Optional<String> text = value.text();
    Optional<Protocol> protocol = text.flatMap(Ports::protocol);
    if (text.isPresent() && protocol.isEmpty()) {
      value.reject(
          YamlValue.quote(text.get())
              + " is not a protocol; accepted: "
              + String.join(", ", NUMBERS.keySet())
              + ", or a number from 0 to 255");
    }
    return protocol;
  }

  private static Optional<Protocol> protocol(String text) {
    String word = text.toLowerCase(Locale.ROOT);
    if (NUMBERS.containsKey(word)) {
      return Optional.of(new Protocol(word));
    }
    if (!word.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(word) > 255) {
      return Optional.empty();
    }
    int number = Integer.parseInt(word);
    return NUMBERS.entrySet().stream()
        .filter(e -> e.getValue() == number)
        .map(e -> new Protocol(e.getKey()))
        .findFirst()
        .or(() -> Optional.of(new Protocol(word)));
  }

  /// `443`, `2379-2380`, `80, 443`, `ALL`, or a list of these.
  static Optional<PortSet> read(YamlValue value) {
    PortSet ports = PortSet.NONE;
    boolean wrong = false;
    for (YamlValue item : value.oneOrMore()) {
      Optional<PortSet> some = item.text().flatMap(text -> parse(item, text));
      wrong |= some.isEmpty();
      ports = ports.union(some.orElse(PortSet.NONE));
    }
    return wrong || ports.isEmpty() ? Optional.empty() : Optional.of(ports);
  }

  private static Optional<PortSet> parse(YamlValue value, String text) {
    try {
      return Optional.of(PortSet.parse(text));
    } catch (IllegalArgumentException e) {
      value.reject(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /// A list of `tcp/10248-10259`.
  static List<ProtocolPorts> readList(YamlValue value) {
    List<ProtocolPorts> all = new ArrayList<>();
    for (YamlValue item : value.items()) {
      item.text().flatMap(text -> parseWithProtocol(item, text)).ifPresent(all::add);
    }
    return List.copyOf(all);
  }

  private static Optional<ProtocolPorts> parseWithProtocol(YamlValue value, String text) {
    int slash = text.indexOf('/');
    Optional<Protocol> protocol =
        slash < 0
            ? Optional.empty()
            : protocol(text.substring(0, slash)).filter(Protocol::hasPorts);
    if (protocol.isEmpty()) {
      value.reject(
          YamlValue.quote(text) + " is not a protocol and ports; write tcp/2375 or udp/53");
      return Optional.empty();
    }
    return parse(value, text.substring(slash + 1))
        .map(ports -> new ProtocolPorts(protocol.get(), ports));
  }
}
