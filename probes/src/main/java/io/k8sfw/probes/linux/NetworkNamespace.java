package io.k8sfw.probes.linux;

import java.io.IOException;
import java.nio.file.Path;

/// A network namespace that threads of this process can enter (network_namespaces(7)).
///
/// It stays alive while this is open, even if its name is removed meanwhile. May be used by several
/// threads.
public final class NetworkNamespace implements AutoCloseable {
  /// `include/uapi/linux/sched.h`.
  private static final int CLONE_NEWNET = 0x40000000;

  private final Path path;
  private final int fd;
  private boolean closed;

  private NetworkNamespace(Path path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /// @param path such as `/run/netns/blue` or `/proc/4711/ns/net`
  /// @throws IOException naming the errno, where it cannot be opened or this is not Linux
  public static NetworkNamespace open(Path path) throws IOException {
    if (!Libc.AVAILABLE) {
      throw new IOException(
          "network namespaces need Linux on x86_64 or aarch64, and --enable-native-access");
    }
    int fd = Libc.openReadOnly(path.toString());
    if (fd < 0) {
      throw new IOException("cannot open network namespace " + path + ": " + Errno.name(-fd));
    }
    return new NetworkNamespace(path, fd);
  }

  /// Moves the calling thread into this namespace, for good: sockets that it makes from now on
  /// belong there. Other threads stay where they are.
  ///
  /// @throws IOException naming the errno: EPERM without CAP_SYS_ADMIN, EINVAL where the path is no
  ///   network namespace
  /// @throws IllegalStateException on a virtual thread, which would drag its carrier along
  public synchronized void enter() throws IOException {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException("a virtual thread cannot enter a network namespace");
    }
    if (closed) {
      throw new IllegalStateException("the network namespace is closed");
    }
    int rc = Libc.setns(fd, CLONE_NEWNET);
    if (rc < 0) {
      throw new IOException("cannot enter network namespace " + path + ": " + Errno.name(-rc));
    }
  }

  /// Whether [#enter] would work: done on a thread that ends afterwards, since there is no way
  /// back.
  ///
  /// @throws IOException as [#enter] does
  public void tryToEnter() throws IOException {
    IOException[] failure = new IOException[1];
    Thread attempt =
        Thread.ofPlatform()
            .start(() -> {
              try {
                enter();
              } catch (IOException e) {
                failure[0] = e;
              }
            });
    try {
      attempt.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (failure[0] != null) {
      throw failure[0];
    }
  }

  /// Threads that entered stay there.
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Libc.close(fd);
    }
  }
}
