package io.k8sfw.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What truly becomes of each flow: drawn from a seed, written as a firewall, compared with what is
/// claimed. The prober knows nothing of it, and it knows nothing of the prober.
final class Truth {
  static final int FIRST_PORT = 20_000;

  private final Map<Flow, Fate> fates = new LinkedHashMap<>();

  /// Ports that a service listens on, on every address.
  private final SortedSet<Integer> listening = new TreeSet<>();

  private final List<String> addresses = new ArrayList<>();

  /// Addresses whose firewall also drops every attempt that is not in [#fates].
  private final List<String> locked = new ArrayList<>();

  private final int ports;

  private Truth(int ports) {
    this.ports = ports;
  }

  /// Address number `index` of a bed, from 0.
  static String address(int index) {
    return "10.66." + index / 250 + "." + (index % 250 + 1);
  }

  static String address6(int index) {
    return "fd66::" + Integer.toHexString(index + 1);
  }

  /// How many of 100 ports have which fate, and how many of 100 addresses are locked.
  record Mix(int dropped, int reset, int listening, int locked) {
    /// A quarter is dropped, and half of the firewalls drop all else too, as firewalls should.
    static final Mix USUAL = new Mix(25, 0, 70, 50);

    /// Nothing is blocked: whoever claims that something is, is wrong.
    static final Mix NOTHING_BLOCKED = new Mix(0, 0, 70, 0);

    /// Nothing listens: whoever claims that something is open, is wrong.
    static final Mix NOTHING_OPEN = new Mix(30, 0, 0, 0);
  }

  static Truth draw(int hosts, int ports, Mix mix, long seed) {
    Random random = new Random(seed);
    Truth truth = new Truth(ports);
    for (int port = FIRST_PORT; port < FIRST_PORT + ports; port++) {
      if (random.nextInt(100) < mix.listening()) {
        truth.listening.add(port);
      }
    }
    for (int host = 0; host < hosts; host++) {
      String address = address(host);
      truth.addresses.add(address);
      if (random.nextInt(100) < mix.locked()) {
        truth.locked.add(address);
      }
      for (int port = FIRST_PORT; port < FIRST_PORT + ports; port++) {
        int draw = random.nextInt(100);
        Fate unblocked = truth.listening.contains(port) ? Fate.OPEN : Fate.CLOSED;
        Fate fate =
            draw < mix.dropped()
                ? Fate.DROPPED
                : draw < mix.dropped() + mix.reset() ? Fate.RESET : unblocked;
        truth.fates.put(new Flow(address, port), fate);
      }
    }
    return truth;
  }

  /// An address for each way to reject: most of its ports are rejected that way, the rest not.
  static Truth rejections(int ports, long seed) {
    Random random = new Random(seed);
    Truth truth = new Truth(ports);
    for (int port = FIRST_PORT; port < FIRST_PORT + ports; port++) {
      if (random.nextInt(100) < 50) {
        truth.listening.add(port);
      }
    }
    List<Fate> ways = new ArrayList<>(Fate.rejections());
    ways.add(Fate.RESET);
    for (int host = 0; host < ways.size(); host++) {
      Fate way = ways.get(host);
      String address = way.isIpv6() ? address6(host) : address(host);
      truth.addresses.add(address);
      for (int port = FIRST_PORT; port < FIRST_PORT + ports; port++) {
        Fate unblocked = truth.listening.contains(port) ? Fate.OPEN : Fate.CLOSED;
        truth.fates.put(new Flow(address, port), random.nextInt(100) < 80 ? way : unblocked);
      }
    }
    return truth;
  }

  /// One and the same fate for all, with no listeners.
  static Truth uniform(List<String> addresses, int ports, Fate fate) {
    Truth truth = new Truth(ports);
    for (String address : addresses) {
      truth.addresses.add(address);
      for (int port = FIRST_PORT; port < FIRST_PORT + ports; port++) {
        truth.fates.put(new Flow(address, port), fate);
      }
    }
    return truth;
  }

  static List<String> addresses(int hosts) {
    return IntStream.range(0, hosts).mapToObj(Truth::address).toList();
  }

  Map<Flow, Fate> fates() {
    return fates;
  }

  List<String> addresses() {
    return addresses;
  }

  SortedSet<Integer> listening() {
    return listening;
  }

  int lastPort() {
    return FIRST_PORT + ports - 1;
  }

  /// The first port that the matrix forbids; those before it are required.
  int firstForbidden() {
    return FIRST_PORT + (ports + 1) / 2;
  }

  boolean required(Flow flow) {
    return flow.port() < firstForbidden();
  }

  /// Ports of the first address that are blocked.
  IntStream traps() {
    return fates.entrySet().stream()
        .filter(e -> e.getValue().kind() == Fate.Kind.BLOCKED)
        .mapToInt(e -> e.getKey().port())
        .distinct();
  }

  private static String set(Fate fate, boolean ipv6) {
    return "to_be_" + fate.name().toLowerCase(Locale.ROOT) + (ipv6 ? "_over_ipv6" : "");
  }

  /// The firewall, for `nft -f -`. Each flow has a counter of the attempts that reached it.
  String firewall() {
    Map<Fate, List<Flow>> v4 = new EnumMap<>(Fate.class);
    Map<Fate, List<Flow>> v6 = new EnumMap<>(Fate.class);
    fates.forEach((flow, fate) ->
        (flow.address().contains(":") ? v6 : v4)
            .computeIfAbsent(fate, _ -> new ArrayList<>())
            .add(flow));
    StringBuilder text = new StringBuilder("table inet truth {\n");
    v4.forEach((fate, flows) -> set(text, set(fate, false), "ipv4_addr", flows));
    v6.forEach((fate, flows) -> set(text, set(fate, true), "ipv6_addr", flows));
    if (!locked.isEmpty()) {
      text.append("set locked {\ntype ipv4_addr\nelements = { ")
          .append(String.join(", ", locked))
          .append(" }\n}\n");
    }
    text.append("chain in {\ntype filter hook input priority 0\n");
    String attempt = "tcp flags & (fin | syn | rst | ack) == syn ";
    for (Fate fate : v4.keySet()) {
      text.append(
          "%sip daddr . tcp dport @%s %s%n".formatted(attempt, set(fate, false), fate.statement()));
    }
    for (Fate fate : v6.keySet()) {
      text.append(
          "%sip6 daddr . tcp dport @%s %s%n".formatted(attempt, set(fate, true), fate.statement()));
    }
    if (!locked.isEmpty()) {
      text.append(attempt).append("ip daddr @locked drop\n");
    }
    return text.append("}\n}\n").toString();
  }

  private static void set(StringBuilder text, String name, String type, List<Flow> flows) {
    text.append("set %s {%ntype %s . inet_service%ncounter%nelements = { ".formatted(name, type))
        .append(
            flows.stream()
                .map(f -> f.address() + " . " + f.port())
                .collect(Collectors.joining(", ")))
        .append(" }\n}\n");
  }
}
