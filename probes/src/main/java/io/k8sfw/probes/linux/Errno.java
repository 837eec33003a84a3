package io.k8sfw.probes.linux;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Error numbers of Linux that a socket or namespace call can meet, as x86_64 and aarch64 number
/// them (`include/uapi/asm-generic/errno-base.h`, `errno.h`).
public enum Errno {
  EPERM(1),
  ENOENT(2),
  EINTR(4),
  EBADF(9),
  EAGAIN(11),
  ENOMEM(12),
  EACCES(13),
  EINVAL(22),
  ENFILE(23),
  EMFILE(24),
  ENOSPC(28),
  EPIPE(32),
  EPROTO(71),
  ENOPROTOOPT(92),
  EOPNOTSUPP(95),
  EAFNOSUPPORT(97),
  EADDRINUSE(98),
  EADDRNOTAVAIL(99),
  ENETDOWN(100),
  ENETUNREACH(101),
  ECONNABORTED(103),
  ECONNRESET(104),
  ENOBUFS(105),
  ETIMEDOUT(110),
  ECONNREFUSED(111),
  EHOSTDOWN(112),
  EHOSTUNREACH(113),
  EALREADY(114),
  EINPROGRESS(115);

  private static final @Nullable Errno[] BY_NUMBER = new Errno[EINPROGRESS.number + 1];

  static {
    for (Errno each : values()) {
      BY_NUMBER[each.number] = each;
    }
  }

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  public static Optional<Errno> of(int number) {
    return number >= 0 && number < BY_NUMBER.length
        ? Optional.ofNullable(BY_NUMBER[number])
        : Optional.empty();
  }

  /// `EPERM`, or `errno 12345` where we have no name for it.
  public static String name(int number) {
    return of(number).map(Errno::name).orElse("errno " + number);
  }
}
