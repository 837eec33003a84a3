package io.k8sfw.probes;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.SessionReport;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Session;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds sessions between vantage points and targets in their socket tables.
///
/// The vantage point's own table must have it: by which address the other machine knows it, only
/// that tells for certain.
final class StandingSessions {
  private StandingSessions() {}

  /// Whether the machine of `own` has a session with `port` of `address` that it opened itself.
  static boolean outward(@Nullable SocketTable own, InetAddress address, int port) {
    return own != null && opened(own, address, port).findAny().isPresent();
  }

  private static Stream<Session> opened(SocketTable own, InetAddress address, int port) {
    return own.sessions().stream()
        .filter(s -> s.remotePort() == port && s.remote().equals(address));
  }

  private static boolean inward(SocketTable own, InetAddress address, int port) {
    return own.sessions().stream()
        .anyMatch(s -> s.localPort() == port && s.remote().equals(address));
  }

  private static boolean bothEnds(
      SocketTable own, @Nullable SocketTable other, InetAddress address, int port) {
    return other != null
        && opened(own, address, port)
            .anyMatch(s ->
                other.sessions().contains(new Session(address, port, s.local(), s.localPort())));
  }

  /// The sessions of which both readings tell, between those that the orders are about.
  ///
  /// @param before by the name of the place
  static List<SessionReport> reports(
      List<ProbeOrder> orders, Map<String, SocketTable> before, Map<String, SocketTable> after) {
    LinkedHashSet<SessionReport> reports = new LinkedHashSet<>();
    for (ProbeOrder order : orders) {
      for (Target target : order.targets()) {
        for (int port : target.ports().intersect(SocketTable.SESSION_PORTS).stream().toArray()) {
          if (target.protocol().equals(Protocol.TCP)) {
            Optional<SessionReport> first = report(order, target, port, before);
            Optional<SessionReport> second = report(order, target, port, after);
            if (first.isPresent() && second.isPresent()) {
              reports.add(weaker(first.get(), second.get()));
            }
          }
        }
      }
    }
    return new ArrayList<>(reports);
  }

  private static SessionReport weaker(SessionReport a, SessionReport b) {
    return new SessionReport(
        a.vantage(),
        a.address(),
        a.port(),
        a.outward() && b.outward(),
        a.bothEnds() && b.bothEnds());
  }

  private static Optional<SessionReport> report(
      ProbeOrder order, Target target, int port, Map<String, SocketTable> tables) {
    SocketTable own = tables.get(order.vantage());
    if (own == null) {
      return Optional.empty();
    }
    InetAddress address = target.address();
    SocketTable other = target.node().map(tables::get).orElse(null);
    boolean outward = outward(own, address, port);
    return outward || inward(own, address, port)
        ? Optional.of(
            new SessionReport(
                order.vantage(),
                address,
                port,
                outward,
                outward && bothEnds(own, other, address, port)))
        : Optional.empty();
  }
}
