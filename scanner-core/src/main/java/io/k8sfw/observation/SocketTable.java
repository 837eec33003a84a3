package io.k8sfw.observation;

import io.k8sfw.model.Family;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// Which ports a node's processes and kernel hold, read on the node (proc(5), `/proc/net/tcp` and
/// its kin).
///
/// @param listenOverflows `TcpExt ListenOverflows` of `/proc/net/netstat`: SYNs dropped because an
///   accept queue was full; -1 where it could not be read
/// @param sessions established TCP sessions with [#SESSION_PORTS] at one end, and no others
/// @param unsignedDropped `TcpExt TCPMD5NotFound`: packets dropped because a socket wants them
///   signed (RFC 2385) and they were not; -1 where it could not be read
public record SocketTable(
    List<Listener> listeners, long listenOverflows, List<Session> sessions, long unsignedDropped) {
  /// Ports whose sessions are told of: BGP (RFC 4271 section 4.2), where a session is the only
  /// proof that costs nothing.
  public static final PortSet SESSION_PORTS = PortSet.of(179);

  /// A listening TCP socket or a bound UDP socket.
  ///
  /// @param address the wildcard address where it takes any
  /// @param dualStack a wildcard IPv6 socket: taken to serve IPv4 too, since its IPV6_V6ONLY is not
  ///   visible there
  public record Listener(
      Protocol protocol, InetAddress address, int port, boolean dualStack, Owner owner) {
    /// One whose owner nobody knows.
    public Listener(Protocol protocol, InetAddress address, int port, boolean dualStack) {
      this(protocol, address, port, dualStack, Owner.UNKNOWN);
    }

    boolean serves(InetAddress wanted) {
      if (address.isAnyLocalAddress()) {
        return Family.of(address) == Family.of(wanted)
            || (dualStack && wanted instanceof Inet4Address);
      }
      return address.equals(wanted);
    }
  }

  /// Who holds a socket.
  ///
  /// @param process its name as it calls itself (`/proc/PID/comm`); empty where it is none or not
  ///   known
  public record Owner(Kind kind, Untrusted process) {
    /// Nobody could look.
    public static final Owner UNKNOWN = new Owner(Kind.UNKNOWN, Untrusted.of(""));

    /// Every process was looked at, and none has it: a port of the kernel's own, such as that of a
    /// vxlan device.
    public static final Owner KERNEL = new Owner(Kind.KERNEL, Untrusted.of(""));

    public static Owner process(String name) {
      return new Owner(Kind.PROCESS, Untrusted.of(name));
    }

    /// What it is.
    public enum Kind {
      PROCESS,
      KERNEL,
      UNKNOWN
    }
  }

  /// An established TCP session, as the node's own end of it sees it.
  public record Session(InetAddress local, int localPort, InetAddress remote, int remotePort) {}

  public SocketTable {
    listeners = List.copyOf(listeners);
    sessions = List.copyOf(sessions);
  }

  /// One that tells nothing of sessions.
  public SocketTable(List<Listener> listeners, long listenOverflows) {
    this(listeners, listenOverflows, List.of(), -1);
  }

  /// Whether something takes `port` on that very address.
  public boolean holds(Protocol protocol, InetAddress address, int port) {
    return holder(protocol, address, port).isPresent();
  }

  /// What takes `port` on that very address.
  public Optional<Listener> holder(Protocol protocol, InetAddress address, int port) {
    return listeners.stream()
        .filter(l -> l.protocol().equals(protocol) && l.port() == port && l.serves(address))
        .findFirst();
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
