package io.k8sfw.matrix;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.util.List;
import java.util.Locale;

/// What DEVIATES means for this cluster, beyond the rows of the matrix.
///
/// @param forbiddenPorts DEVIATES when reachable, even where a rule permits them
/// @param denial how a denial should look on the wire
/// @param tls what TLS services must offer
/// @param listeners what to make of listeners that no rule knows
public record Policy(
    List<ProtocolPorts> forbiddenPorts, Denial denial, Tls tls, Listeners listeners) {
  /// Kubelet's read-only API and the API server's insecure port have no authentication (Kubernetes
  /// documentation, "API server bypass risks"); any way of denying will do; TLS 1.2, two weeks; a
  /// port table seldom names what every machine runs, such as sshd.
  public static final Policy DEFAULT =
      new Policy(
          List.of(
              new ProtocolPorts(Protocol.TCP, PortSet.of(8080)),
              new ProtocolPorts(Protocol.TCP, PortSet.of(10255))),
          Denial.ANY,
          new Tls("1.2", 14),
          Listeners.IGNORE);

  /// Of a matrix that says nothing of listeners.
  public Policy(List<ProtocolPorts> forbiddenPorts, Denial denial, Tls tls) {
    this(forbiddenPorts, denial, tls, Listeners.IGNORE);
  }

  /// Whether a listener on a port that no rule knows is a finding, firewalled or not.
  public enum Listeners {
    IGNORE,
    REPORT;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// How a firewall should say no.
  public enum Denial {
    ANY,
    DROP,
    REJECT;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// @param minVersion `1.2` or `1.3`
  /// @param certificateDaysLeft fewer days than this until a certificate ends are worth a finding
  public record Tls(String minVersion, int certificateDaysLeft) {}

  public Policy {
    forbiddenPorts = List.copyOf(forbiddenPorts);
  }

  /// Whether it forbids any of `ports`.
  public boolean forbids(Protocol protocol, PortSet ports) {
    return forbiddenPorts.stream()
        .anyMatch(f -> f.protocol().equals(protocol) && f.ports().intersects(ports));
  }
}
