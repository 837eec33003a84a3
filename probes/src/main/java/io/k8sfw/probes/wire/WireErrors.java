package io.k8sfw.probes.wire;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.linux.Errno;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Outcome.Heard;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The one place that says what a failed attempt means: from the error number, and from the ICMP
/// error that the socket's queue held. What is not listed here is a fault, never a port state.
///
/// ICMP decides first: its type and code say more than the number (`icmp_err_convert` in
/// `net/ipv4/icmp.c`, `tab_unreach` in `net/ipv6/icmp.c` fold many codes into one number). An ICMP
/// error from this machine's own address is our own doing: a local reject rule, or a neighbour that
/// did not resolve.
///
/// A refusal means a reset only where the queue was read and held no ICMP error. Without the queue
/// (NIO) it may be either, and is still called closed by reset: whatever reads that state must
/// allow for a firewall's forged reset anyway. What is lost is told by the missing capability
/// `ERROR_QUEUE`, and refusals then prove nothing about other ports (see
/// [io.k8sfw.probes.batch.Batch]).
final class WireErrors {
  /// How an attempt failed.
  ///
  /// @param errno as the kernel told it (see [#errno] for what the JDK says instead); 0 when it
  ///   waited in vain, or the queue alone held something
  /// @param immediate the call itself failed, before any packet could be answered
  /// @param local what this machine sends from to the sender of the ICMP error, where there is one
  /// @param queueRead whether the error queue could be read at all
  record Failure(
      Protocol protocol,
      InetAddress remote,
      @Nullable InetAddress local,
      int errno,
      boolean immediate,
      Optional<Icmp> icmp,
      boolean queueRead) {}

  private WireErrors() {}

  static Outcome outcome(Failure failure) {
    return failure.icmp().isPresent() ? byIcmp(failure, failure.icmp().get()) : byNumber(failure);
  }

  static Outcome unknown(Throwable cause) {
    return fault("an error without a known meaning: " + cause);
  }

  private static Outcome byIcmp(Failure failure, Icmp icmp) {
    Reason reason = reason(icmp);
    if (reason == null) {
      return fault("an ICMP error that says nothing about the port: " + icmp);
    }
    boolean ours = icmp.from().equals(failure.local()) && !icmp.from().equals(failure.remote());
    if (ours && reason == Reason.HOST_UNREACHABLE) {
      return heard(PortState.FILTERED, reason);
    }
    if (ours) {
      return fault("this machine itself rejects it: " + icmp + ", its own address");
    }
    boolean closed =
        failure.protocol().equals(Protocol.UDP)
            && reason == Reason.PORT_UNREACHABLE
            && icmp.from().equals(failure.remote());
    return new Heard(closed ? PortState.CLOSED : PortState.FILTERED, reason, Optional.of(icmp));
  }

  private static @Nullable Reason reason(Icmp icmp) {
    return Family.of(icmp.from()) == Family.IPV4
        ? ofIcmp4(icmp.type(), icmp.code())
        : ofIcmp6(icmp.type(), icmp.code());
  }

  /// RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1.
  private static @Nullable Reason ofIcmp4(int type, int code) {
    return switch (type) {
      case 3 ->
          switch (code) {
            case 0, 6, 11 -> Reason.NET_UNREACHABLE;
            case 1, 5, 7, 8, 12 -> Reason.HOST_UNREACHABLE;
            case 2 -> Reason.PROTO_UNREACHABLE;
            case 3 -> Reason.PORT_UNREACHABLE;
            case 9 -> Reason.NET_PROHIBITED;
            case 10 -> Reason.HOST_PROHIBITED;
            case 13, 14, 15 -> Reason.ADMIN_PROHIBITED;
            default -> null;
          };
      case 11 -> Reason.HOST_UNREACHABLE;
      default -> null;
    };
  }

  /// RFC 4443 sections 3.1 and 3.3.
  private static @Nullable Reason ofIcmp6(int type, int code) {
    return switch (type) {
      case 1 ->
          switch (code) {
            case 0 -> Reason.NET_UNREACHABLE;
            case 1, 5 -> Reason.ADMIN_PROHIBITED;
            case 2, 3 -> Reason.HOST_UNREACHABLE;
            case 4 -> Reason.PORT_UNREACHABLE;
            case 6 -> Reason.NET_PROHIBITED;
            default -> null;
          };
      case 3 -> Reason.HOST_UNREACHABLE;
      default -> null;
    };
  }

  private static Outcome byNumber(Failure failure) {
    if (failure.errno() == 0) {
      return Outcome.SILENT;
    }
    Optional<Errno> known = Errno.of(failure.errno());
    if (known.isEmpty()) {
      return fault("an error without a known meaning: " + Errno.name(failure.errno()));
    }
    Errno errno = known.get();
    return switch (errno) {
      case ECONNREFUSED -> refused(failure);
      // Only a connection that was established can be reset (tcp_reset in net/ipv4/tcp_input.c).
      case ECONNRESET, EPIPE ->
          failure.protocol().equals(Protocol.TCP) ? Outcome.OPEN : unknown(errno);
      case ETIMEDOUT -> Outcome.SILENT;
      case EHOSTUNREACH, EHOSTDOWN ->
          failure.immediate()
              ? fault("no route to " + to(failure) + " from here")
              : heard(PortState.FILTERED, Reason.HOST_UNREACHABLE);
      case ENETUNREACH ->
          failure.immediate() || failure.queueRead()
              ? fault("no route to " + to(failure) + " from here")
              : heard(PortState.FILTERED, Reason.NET_UNREACHABLE);
      case EACCES ->
          failure.immediate() || failure.queueRead()
              ? fault("this machine does not let us connect to " + to(failure) + " (EACCES)")
              : heard(PortState.FILTERED, Reason.ADMIN_PROHIBITED);
      case ENOPROTOOPT ->
          failure.immediate()
              ? unknown(errno)
              : heard(PortState.FILTERED, Reason.PROTO_UNREACHABLE);
      case EPERM ->
          fault("this machine's own rules do not let us send to " + to(failure) + " (EPERM)");
      case EADDRNOTAVAIL -> passing("no free source port or address for " + to(failure), errno);
      case EMFILE -> passing("this process has no file descriptor left", errno);
      case ENFILE -> passing("this machine has no file descriptor left", errno);
      case ENOBUFS, ENOMEM -> passing("the kernel has no memory for another socket", errno);
      case ENOSPC -> passing("the kernel watches no more sockets for us", errno);
      case ECONNABORTED -> passing("a connection ended without a cause", errno);
      case EAGAIN -> passing("the kernel has no room for another socket", errno);
      case EINVAL ->
          fault("a route on this machine discards what goes to " + to(failure) + " (EINVAL)");
      case ENETDOWN -> fault("the network of this machine is down (ENETDOWN)");
      case EAFNOSUPPORT ->
          fault("this machine has no " + Family.of(failure.remote()) + " (EAFNOSUPPORT)");
      default -> unknown(errno);
    };
  }

  private static String to(Failure failure) {
    return AddressText.of(failure.remote());
  }

  private static Outcome refused(Failure failure) {
    return failure.protocol().equals(Protocol.UDP)
        ? heard(PortState.CLOSED, Reason.PORT_UNREACHABLE)
        : Outcome.REFUSED;
  }

  private static Outcome heard(PortState state, Reason reason) {
    return new Heard(state, reason, Optional.empty());
  }

  private static Fault fault(String cause) {
    return new Fault(cause, false);
  }

  private static Fault unknown(Errno errno) {
    return fault("an error that says nothing about the port: " + errno);
  }

  private static Fault passing(String cause, Errno errno) {
    return new Fault(cause + " (" + errno + ")", true);
  }

  /// The error number behind an exception of the JDK, which tells it in strerror(3)'s English text
  /// alone; neither class nor hierarchy of the exception says anything. Netty may wrap it.
  ///
  /// @return null when it cannot be told
  static @Nullable Errno errno(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof PortUnreachableException) {
        return Errno.ECONNREFUSED;
      }
      String text = e.getMessage();
      Errno errno = text == null ? null : ofText(text);
      if (errno != null) {
        return errno;
      }
    }
    return null;
  }

  private static @Nullable Errno ofText(String text) {
    for (Said said : Said.ALL) {
      if (text.startsWith(said.text())) {
        return said.errno();
      }
    }
    return null;
  }

  /// strerror(3) of the GNU C library in the C locale, which is the one that the JDK asks in.
  private record Said(String text, Errno errno) {
    static final Said[] ALL = {
      new Said("Connection refused", Errno.ECONNREFUSED),
      new Said("No route to host", Errno.EHOSTUNREACH),
      new Said("Network is unreachable", Errno.ENETUNREACH),
      new Said("Connection timed out", Errno.ETIMEDOUT),
      new Said("Connection reset", Errno.ECONNRESET),
      new Said("Broken pipe", Errno.EPIPE),
      new Said("Permission denied", Errno.EACCES),
      new Said("Operation not permitted", Errno.EPERM),
      new Said("Invalid argument", Errno.EINVAL),
      new Said("Cannot assign requested address", Errno.EADDRNOTAVAIL),
      new Said("Can't assign requested address", Errno.EADDRNOTAVAIL),
      new Said("Too many open files in system", Errno.ENFILE),
      new Said("Too many open files", Errno.EMFILE),
      new Said("No buffer space available", Errno.ENOBUFS),
      new Said("Cannot allocate memory", Errno.ENOMEM),
      new Said("Resource temporarily unavailable", Errno.EAGAIN),
      new Said("Protocol not available", Errno.ENOPROTOOPT),
      new Said("Network is down", Errno.ENETDOWN),
      new Said("Host is down", Errno.EHOSTDOWN),
      new Said("Address family not supported", Errno.EAFNOSUPPORT),
    };
  }
}
