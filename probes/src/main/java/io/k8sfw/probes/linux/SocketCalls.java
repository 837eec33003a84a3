package io.k8sfw.probes.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The C library's functions that a prober calls many thousand times a second. As in [Libc], a
/// negative result is `-errno`; here the caller brings the memory that the error number goes
/// through, so that a call allocates nothing.
final class SocketCalls {
  private static final MethodHandle SOCKET =
      Libc.Calls.bind("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle CONNECT =
      Libc.Calls.bind("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle BIND =
      Libc.Calls.bind("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      Libc.Calls.bind(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKNAME =
      Libc.Calls.bind("getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SEND =
      Libc.Calls.bind(
          "send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle RECV =
      Libc.Calls.bind(
          "recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle RECVMSG =
      Libc.Calls.bind("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE =
      Libc.Calls.bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle EPOLL_CREATE1 =
      Libc.Calls.bind("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle EPOLL_CTL =
      Libc.Calls.bind(
          "epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle EPOLL_WAIT =
      Libc.Calls.bind(
          "epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));

  private final MemorySegment state;

  /// @param arena may be closed once no more calls are made
  SocketCalls(Arena arena) {
    state = arena.allocate(Libc.Calls.STATE);
  }

  /// @return a file descriptor
  int socket(int domain, int type) {
    try {
      return checked((int) SOCKET.invokeExact(state, domain, type, 0));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  int connect(int fd, MemorySegment address, int length) {
    try {
      return checked((int) CONNECT.invokeExact(state, fd, address, length));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  int bind(int fd, MemorySegment address, int length) {
    try {
      return checked((int) BIND.invokeExact(state, fd, address, length));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  int setsockopt(int fd, int level, int option, MemorySegment value, int length) {
    try {
      return checked((int) SETSOCKOPT.invokeExact(state, fd, level, option, value, length));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  /// @param length a `socklen_t`: how large `address` is, and then how much of it is filled
  int getsockname(int fd, MemorySegment address, MemorySegment length) {
    try {
      return checked((int) GETSOCKNAME.invokeExact(state, fd, address, length));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  /// @return bytes sent
  long send(int fd, MemorySegment bytes, long length, int flags) {
    try {
      return checked((long) SEND.invokeExact(state, fd, bytes, length, flags));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  /// @return bytes received
  long recv(int fd, MemorySegment buffer, long length, int flags) {
    try {
      return checked((long) RECV.invokeExact(state, fd, buffer, length, flags));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  /// @param message a `struct msghdr`
  long recvmsg(int fd, MemorySegment message, int flags) {
    try {
      return checked((long) RECVMSG.invokeExact(state, fd, message, flags));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  int close(int fd) {
    try {
      return checked((int) CLOSE.invokeExact(state, fd));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  /// @return a file descriptor
  int epollCreate(int flags) {
    try {
      return checked((int) EPOLL_CREATE1.invokeExact(state, flags));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  /// @param event a `struct epoll_event`
  int epollControl(int epoll, int operation, int fd, MemorySegment event) {
    try {
      return checked((int) EPOLL_CTL.invokeExact(state, epoll, operation, fd, event));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  /// @return how many of `events` are filled
  int epollWait(int epoll, MemorySegment events, int room, int timeoutMillis) {
    try {
      return checked((int) EPOLL_WAIT.invokeExact(state, epoll, events, room, timeoutMillis));
    } catch (Throwable e) {
      throw Libc.broken(e);
    }
  }

  private int checked(int result) {
    return result < 0 ? -Libc.errno(state) : result;
  }

  private long checked(long result) {
    return result < 0 ? -Libc.errno(state) : result;
  }
}
