package io.k8sfw.plan;

import io.k8sfw.inventory.NodePortService;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.ProtocolPorts;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/// The named ports of a matrix, cut so finely that every rule names all of a piece or nothing of
/// it.
///
/// A port that no rule names, no Service has and nobody watches is in no piece: it is not looked
/// at, but for the sample of an `ALL` row.
final class Rows {
  /// Ports of an `ALL` row that are probed unless all are asked for: both edges, and so many random
  /// ones.
  static final int SAMPLE = 30;

  /// Rows with more ports than this are not looked at in full inside the pod network.
  private static final int WIDEST_INSIDE = 256;

  /// The same of UDP, where a kernel refuses one port a second (`icmp_ratelimit`, Linux
  /// `Documentation/networking/ip-sysctl.rst`), and nothing is known of a port that is not held for
  /// seconds.
  static final int UDP_SAMPLE = 6;

  /// @param row the line of the reports it belongs to
  /// @param ports what is probed of it
  /// @param namedBy ids of the rules that name it, `ALL` rules only where nothing else is named
  /// @param service the Service whose NodePort it is, or null
  /// @param ifListening what else of the row is probed where something listens on it
  record Piece(
      Row row,
      PortSet ports,
      List<String> namedBy,
      @org.jspecify.annotations.Nullable NodePortService service,
      boolean sampled,
      PortSet ifListening) {
    Piece(
        Row row,
        PortSet ports,
        List<String> namedBy,
        @org.jspecify.annotations.Nullable NodePortService service) {
      this(row, ports, namedBy, service, false, PortSet.NONE);
    }

    Protocol protocol() {
      return row.protocol();
    }

    /// What of it is probed at an address inside the overlay or the pod network. Nobody comes there
    /// for a range of NodePorts, and the same firewall and proxy serve it as the node's own
    /// address.
    Piece inside(boolean exhaustive, long seed) {
      if (exhaustive || sampled || ports.size() <= WIDEST_INSIDE) {
        return this;
      }
      PortSet some = Rows.sample(ports, seed, protocol());
      return new Piece(row, some, namedBy, service, true, Rows.besides(ports, some, protocol()));
    }
  }

  private Rows() {}

  static List<Piece> of(
      Matrix matrix, List<NodePortService> services, boolean exhaustive, long seed) {
    List<Piece> pieces = new ArrayList<>();
    for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
      List<String> byAll = allRules(matrix, protocol);
      List<Piece> named = withServices(named(matrix, protocol), services, protocol, byAll);
      pieces.addAll(named);
      pieces.addAll(all(byAll, protocol, named, exhaustive, seed));
    }
    return List.copyOf(pieces);
  }

  private static List<Piece> named(Matrix matrix, Protocol protocol) {
    List<Rule> rules =
        matrix.rules().stream()
            .filter(r -> r.protocol().equals(protocol) && !r.ports().isAll())
            .toList();
    List<PortSet> watched =
        matrix.watch().stream()
            .filter(w -> w.protocol().equals(protocol))
            .map(ProtocolPorts::ports)
            .toList();
    Map<List<String>, List<PortRange>> bySignature = new LinkedHashMap<>();
    for (PortRange run : elementary(rules, watched)) {
      List<String> signature = new ArrayList<>();
      rules.stream()
          .filter(r -> r.ports().contains(run.first()))
          .map(Rule::id)
          .forEach(signature::add);
      for (int i = 0; i < watched.size(); i++) {
        if (watched.get(i).contains(run.first())) {
          signature.add("watch " + i);
        }
      }
      if (!signature.isEmpty()) {
        bySignature.computeIfAbsent(signature, _ -> new ArrayList<>()).add(run);
      }
    }
    List<Piece> pieces = new ArrayList<>();
    bySignature.forEach((signature, runs) -> {
      PortSet ports = PortSet.of(runs);
      List<String> ids = signature.stream().filter(s -> !s.startsWith("watch ")).toList();
      pieces.add(new Piece(new Row(protocol, ports), ports, ids, null));
    });
    return pieces;
  }

  /// Runs between the ends of all ranges: within one, every rule and watch entry says the same.
  private static List<PortRange> elementary(List<Rule> rules, List<PortSet> watched) {
    TreeSet<Integer> starts = new TreeSet<>();
    List<PortSet> sets = new ArrayList<>(rules.stream().map(Rule::ports).toList());
    sets.addAll(watched);
    for (PortSet set : sets) {
      for (PortRange range : set.ranges()) {
        starts.add(range.first());
        starts.add(range.last() + 1);
      }
    }
    List<PortRange> runs = new ArrayList<>();
    for (int start : starts) {
      Integer next = starts.higher(start);
      if (next != null) {
        runs.add(new PortRange(start, next - 1));
      }
    }
    return runs;
  }

  /// A Service's NodePort gets a row of its own, whether a rule names it or not; the range around
  /// it keeps its name.
  ///
  /// @param byAll ids of the `ALL` rules, which name what nothing else does
  private static List<Piece> withServices(
      List<Piece> named, List<NodePortService> services, Protocol protocol, List<String> byAll) {
    List<Piece> pieces = new ArrayList<>();
    List<NodePortService> unnamed =
        new ArrayList<>(services.stream().filter(s -> s.protocol().equals(protocol)).toList());
    for (Piece piece : named) {
      PortSet rest = piece.ports();
      for (NodePortService service : List.copyOf(unnamed)) {
        PortSet own = PortSet.of(service.nodePort());
        if (rest.containsAll(own)) {
          rest = rest.minus(own);
          pieces.add(new Piece(new Row(protocol, own), own, piece.namedBy(), service));
          unnamed.remove(service);
        }
      }
      if (!rest.isEmpty()) {
        pieces.add(new Piece(piece.row(), rest, piece.namedBy(), null));
      }
    }
    for (NodePortService service : unnamed) {
      PortSet own = PortSet.of(service.nodePort());
      pieces.add(new Piece(new Row(protocol, own), own, byAll, service));
    }
    return pieces;
  }

  private static List<String> allRules(Matrix matrix, Protocol protocol) {
    return matrix.rules().stream()
        .filter(r -> r.protocol().equals(protocol) && r.ports().isAll())
        .map(Rule::id)
        .toList();
  }

  private static List<Piece> all(
      List<String> ids, Protocol protocol, List<Piece> named, boolean exhaustive, long seed) {
    if (ids.isEmpty()) {
      return List.of();
    }
    PortSet rest = PortSet.ALL;
    for (Piece piece : named) {
      rest = rest.minus(piece.row().ports());
    }
    PortSet ports = exhaustive ? rest : sample(rest, seed, protocol);
    return List.of(
        new Piece(
            new Row(protocol, PortSet.ALL),
            ports,
            ids,
            null,
            !exhaustive,
            besides(rest, ports, protocol)));
  }

  /// What else is probed where something listens on it.
  private static PortSet besides(PortSet all, PortSet sample, Protocol protocol) {
    // What holds a UDP port may be a client that waits for its answer: gone before it is asked.
    return protocol.equals(Protocol.TCP) ? all.minus(sample) : PortSet.NONE;
  }

  private static PortSet sample(PortSet all, long seed, Protocol protocol) {
    boolean udp = protocol.equals(Protocol.UDP);
    // Of a UDP port that nobody may hold nothing would be known.
    PortSet from = udp ? all.minus(Orders.NEVER_WITNESSED) : all;
    int[] candidates = (from.isEmpty() ? all : from).stream().toArray();
    Random random = new Random(seed ^ protocol.name().hashCode());
    List<PortRange> chosen = new ArrayList<>();
    chosen.add(new PortRange(candidates[0], candidates[0]));
    chosen.add(new PortRange(candidates[candidates.length - 1], candidates[candidates.length - 1]));
    for (int i = 0; i < (udp ? UDP_SAMPLE : SAMPLE); i++) {
      int port = candidates[random.nextInt(candidates.length)];
      chosen.add(new PortRange(port, port));
    }
    return PortSet.of(chosen);
  }
}
