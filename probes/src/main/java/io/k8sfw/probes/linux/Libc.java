package io.k8sfw.probes.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Locale;

/// The C library's functions that we call, bound once. A negative result is `-errno`, as in the
/// kernel.
///
/// Only initialized where [#AVAILABLE] was asked first: its bindings exist on 64-bit little-endian
/// Linux alone.
final class Libc {
  /// Whether the calls below can be made: Linux on x86_64 or aarch64 (whose layouts are the same
  /// here), with native access allowed for us.
  static final boolean AVAILABLE = available();

  /// open(2); the same on x86_64 and aarch64 (`include/uapi/asm-generic/fcntl.h`).
  private static final int O_RDONLY_CLOEXEC = 0x80000;

  private Libc() {}

  private static boolean available() {
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return System.getProperty("os.name", "").equals("Linux")
        && (arch.equals("amd64") || arch.equals("x86_64") || arch.equals("aarch64"))
        && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
        && bindable();
  }

  private static boolean bindable() {
    try {
      return getpid() > 0;
    } catch (IllegalCallerException | ExceptionInInitializerError | NoClassDefFoundError _) {
      return false;
    }
  }

  /// Restricted: a wrong signature here would corrupt memory.
  @SuppressWarnings("restricted")
  static final class Calls {
    static final Linker LINKER = Linker.nativeLinker();

    /// What a call leaves its error number in.
    static final StructLayout STATE = Linker.Option.captureStateLayout();

    static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    static final MethodHandle GETPID =
        LINKER.downcallHandle(symbol("getpid"), FunctionDescriptor.of(JAVA_INT));
    static final MethodHandle OPEN =
        bind(
            "open",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    static final MethodHandle SETNS =
        bind("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    static final MethodHandle SOCKET =
        bind("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    static final MethodHandle RECV =
        bind("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    static final MethodHandle SEND =
        bind("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    static final MethodHandle BIND =
        bind("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    static final MethodHandle SETSOCKOPT =
        bind(
            "setsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));

    private static MemorySegment symbol(String name) {
      return LINKER.defaultLookup().findOrThrow(name);
    }

    /// Binds a function of the C library to a handle whose first argument is a [#STATE].
    static MethodHandle bind(String name, FunctionDescriptor type, Linker.Option... options) {
      Linker.Option[] all = java.util.Arrays.copyOf(options, options.length + 1);
      all[options.length] = Linker.Option.captureCallState("errno");
      return LINKER.downcallHandle(symbol(name), type, all);
    }
  }

  private static int getpid() {
    try {
      return (int) Calls.GETPID.invokeExact();
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// @return a file descriptor that child processes do not inherit, or `-errno`
  static int openReadOnly(String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Calls.STATE);
      int fd = (int) Calls.OPEN.invokeExact(state, arena.allocateFrom(path), O_RDONLY_CLOEXEC);
      return fd < 0 ? -errno(state) : fd;
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Calls.STATE);
      int rc = (int) Calls.CLOSE.invokeExact(state, fd);
      return rc < 0 ? -errno(state) : rc;
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int setns(int fd, int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Calls.STATE);
      int rc = (int) Calls.SETNS.invokeExact(state, fd, type);
      return rc < 0 ? -errno(state) : rc;
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// @return a file descriptor, or `-errno`
  static int socket(int domain, int type, int protocol) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Calls.STATE);
      int fd = (int) Calls.SOCKET.invokeExact(state, domain, type, protocol);
      return fd < 0 ? -errno(state) : fd;
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// @return bytes received, or `-errno`
  static long recv(int fd, MemorySegment buffer, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Calls.STATE);
      long got = (long) Calls.RECV.invokeExact(state, fd, buffer, buffer.byteSize(), flags);
      return got < 0 ? -errno(state) : got;
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// @return bytes sent, or `-errno`
  static long send(int fd, MemorySegment bytes, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Calls.STATE);
      long sent = (long) Calls.SEND.invokeExact(state, fd, bytes, bytes.byteSize(), flags);
      return sent < 0 ? -errno(state) : sent;
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// @param address a `struct sockaddr` of any family
  static int bind(int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Calls.STATE);
      int rc = (int) Calls.BIND.invokeExact(state, fd, address, (int) address.byteSize());
      return rc < 0 ? -errno(state) : rc;
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int setsockopt(int fd, int level, int option, MemorySegment value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Calls.STATE);
      int size = (int) value.byteSize();
      int rc = (int) Calls.SETSOCKOPT.invokeExact(state, fd, level, option, value, size);
      return rc < 0 ? -errno(state) : rc;
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int errno(MemorySegment state) {
    return (int) Calls.ERRNO.get(state, 0L);
  }

  static RuntimeException broken(Throwable e) {
    return switch (e) {
      case RuntimeException r -> r;
      case Error error -> throw error;
      default -> new IllegalStateException("a foreign call threw a checked exception", e);
    };
  }
}
