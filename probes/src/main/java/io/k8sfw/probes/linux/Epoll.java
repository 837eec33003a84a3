package io.k8sfw.probes.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Tells which of many sockets have something to say (epoll(7)), each once until it is watched
/// again.
///
/// Closing a socket ends its watch. Its buffers are used over and over: one thread only.
public final class Epoll implements AutoCloseable {
  /// `include/uapi/linux/eventpoll.h`.
  public static final int IN = 0x1;

  public static final int OUT = 0x4;

  private static final int ONESHOT = 1 << 30;
  private static final int ADD = 1;
  private static final int MODIFY = 3;
  private static final int CLOEXEC = 0x80000;

  /// `struct epoll_event` is packed on x86_64 alone.
  private static final boolean PACKED = !System.getProperty("os.arch", "").equals("aarch64");

  private static final int EVENT_SIZE = PACKED ? 12 : 16;
  private static final int DATA = PACKED ? 4 : 8;

  /// Told at once at most.
  private static final int ROOM = 512;

  private final SocketCalls calls;
  private final MemorySegment event;
  private final MemorySegment events;
  private final int fd;

  private Epoll(Arena arena) throws IOException {
    calls = new SocketCalls(arena);
    event = arena.allocate(EVENT_SIZE, 8);
    events = arena.allocate((long) EVENT_SIZE * ROOM, 8);
    fd = calls.epollCreate(CLOEXEC);
    if (fd < 0) {
      throw new IOException("cannot watch sockets: " + Errno.name(-fd));
    }
  }

  /// @throws IOException naming the errno, where no file descriptor is left
  public static Epoll open() throws IOException {
    return new Epoll(Arena.ofAuto());
  }

  /// Becomes readable itself when [#poll] has something to tell.
  public int fd() {
    return fd;
  }

  /// Starts to watch a socket, for errors too.
  ///
  /// @param what [#IN] or [#OUT]
  /// @param tag what [#tag] shall tell of it
  /// @return `-errno` where it cannot be watched
  public int watch(int socket, int what, long tag) {
    return control(ADD, socket, what, tag);
  }

  /// Watches on a socket that may have been watched before.
  public int watchAgain(int socket, int what, long tag) {
    int rc = control(MODIFY, socket, what, tag);
    return rc == -Errno.ENOENT.number() ? control(ADD, socket, what, tag) : rc;
  }

  private int control(int operation, int socket, int what, long tag) {
    event.set(JAVA_INT, 0, what | ONESHOT);
    event.set(JAVA_LONG_UNALIGNED, DATA, tag);
    return calls.epollControl(fd, operation, socket, event);
  }

  /// Does not wait.
  ///
  /// @return how many sockets have something to say; when this is [#isFull], maybe more than told
  public int poll() {
    return Math.max(0, calls.epollWait(fd, events, ROOM, 0));
  }

  public static boolean isFull(int polled) {
    return polled == ROOM;
  }

  /// @param index below what [#poll] said last
  public long tag(int index) {
    return events.get(JAVA_LONG_UNALIGNED, (long) index * EVENT_SIZE + DATA);
  }

  @Override
  public void close() {
    calls.close(fd);
  }
}
