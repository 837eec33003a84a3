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
  }

  private Rows() {}

  static List<Piece> of(
      Matrix matrix, List<NodePortService> services, boolean exhaustive, long seed) {
    List<Piece> pieces = new ArrayList<>();
    for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
      List<Piece> named = named(matrix, protocol);
      pieces.addAll(withServices(named, services));
      pieces.addAll(all(matrix, protocol, named, exhaustive, seed));
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

  /// A Service's NodePort gets a row of its own; the range around it keeps its name.
  private static List<Piece> withServices(List<Piece> named, List<NodePortService> services) {
    List<Piece> pieces = new ArrayList<>();
    for (Piece piece : named) {
      PortSet rest = piece.ports();
      for (NodePortService service : services) {
        PortSet own = PortSet.of(service.nodePort());
        if (piece.protocol().equals(service.protocol())
            && rest.containsAll(own)
            && rest.size() > 1) {
          rest = rest.minus(own);
          pieces.add(new Piece(new Row(piece.protocol(), own), own, piece.namedBy(), service));
        }
      }
      pieces.add(new Piece(piece.row(), rest, piece.namedBy(), null));
    }
    return pieces;
  }

  private static List<Piece> all(
      Matrix matrix, Protocol protocol, List<Piece> named, boolean exhaustive, long seed) {
    List<String> ids =
        matrix.rules().stream()
            .filter(r -> r.protocol().equals(protocol) && r.ports().isAll())
            .map(Rule::id)
            .toList();
    if (ids.isEmpty()) {
      return List.of();
    }
    PortSet rest = PortSet.ALL;
    for (Piece piece : named) {
      rest = rest.minus(piece.row().ports());
    }
    boolean udp = protocol.equals(Protocol.UDP);
    // Of a UDP port that nobody may hold nothing would be known.
    PortSet from = udp ? rest.minus(Orders.NEVER_WITNESSED) : rest;
    PortSet ports = exhaustive ? rest : sample(from, udp ? UDP_SAMPLE : SAMPLE, protocol, seed);
    // What holds a UDP port may be a client that waits for its answer: gone before it is asked.
    PortSet ifListening = udp ? PortSet.NONE : rest.minus(ports);
    return List.of(
        new Piece(new Row(protocol, PortSet.ALL), ports, ids, null, !exhaustive, ifListening));
  }

  private static PortSet sample(PortSet from, int size, Protocol protocol, long seed) {
    Random random = new Random(seed ^ protocol.name().hashCode());
    List<PortRange> chosen = new ArrayList<>();
    int[] candidates = from.stream().toArray();
    chosen.add(new PortRange(candidates[0], candidates[0]));
    chosen.add(new PortRange(candidates[candidates.length - 1], candidates[candidates.length - 1]));
    for (int i = 0; i < size; i++) {
      int port = candidates[random.nextInt(candidates.length)];
      chosen.add(new PortRange(port, port));
    }
    return PortSet.of(chosen);
  }
}
