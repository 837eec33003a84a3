package io.k8sfw.observation;

import io.k8sfw.model.Family;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/// Which ports a node's processes and kernel hold, read on the node (proc(5), `/proc/net/tcp` and
/// its kin).
///
/// @param listenOverflows `TcpExt ListenOverflows` of `/proc/net/netstat`: SYNs dropped because an
///   accept queue was full; -1 where it could not be read
public record SocketTable(List<Listener> listeners, long listenOverflows) {
  /// A listening TCP socket or a bound UDP socket.
  ///
  /// @param address the wildcard address where it takes any
  /// @param dualStack a wildcard IPv6 socket: taken to serve IPv4 too, since its IPV6_V6ONLY is not
  ///   visible there
  public record Listener(Protocol protocol, InetAddress address, int port, boolean dualStack) {
    boolean serves(InetAddress wanted) {
      if (address.isAnyLocalAddress()) {
        return Family.of(address) == Family.of(wanted)
            || (dualStack && wanted instanceof Inet4Address);
      }
      return address.equals(wanted);
    }
  }

  public SocketTable {
    listeners = List.copyOf(listeners);
  }

  /// Whether something takes `port` on that very address.
  public boolean holds(Protocol protocol, InetAddress address, int port) {
    return listeners.stream()
        .anyMatch(l -> l.protocol().equals(protocol) && l.port() == port && l.serves(address));
  }

  /// Every port that something takes on that very address.
  public PortSet held(Protocol protocol, InetAddress address) {
    return PortSet.of(
        listeners.stream()
            .filter(l -> l.protocol().equals(protocol) && l.serves(address))
            .map(l -> new PortRange(l.port(), l.port()))
            .toList());
  }
}
