package io.k8sfw.probes.linux;

import io.k8sfw.observation.SocketTable.Owner;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Finds the processes that hold sockets, by the inodes of those (proc(5), `/proc/PID/fd`).
///
/// That nobody holds one, so that it is the kernel's own, is only said where every process of the
/// machine could be looked at.
final class SocketOwners {
  /// `PROC_PID_INIT_INO` (`include/linux/proc_ns.h`): who is not in that process namespace does not
  /// see all processes.
  private static final long FIRST_PID_NAMESPACE = 0xEFFFFFFCL;

  private static final String SOCKET = "socket:[";

  /// Files that are looked at, in all.
  private static final int MOST_FILES = 1 << 20;

  private final Map<Long, String> names = new HashMap<>();
  private final Set<Long> wanted;
  private boolean sawAll;
  private int files;

  private SocketOwners(Set<Long> wanted) {
    this.wanted = wanted;
  }

  /// Looks for the owners of these sockets, of whatever network namespace.
  static SocketOwners of(Set<Long> inodes) {
    SocketOwners owners = new SocketOwners(inodes);
    owners.sawAll = seesAllProcesses();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        if (owners.names.size() == inodes.size()) {
          break;
        }
        owners.look(process);
      }
    } catch (IOException _) {
      owners.sawAll = false;
    }
    return owners;
  }

  private static boolean seesAllProcesses() {
    try {
      Object inode = Files.getAttribute(Path.of("/proc/self/ns/pid"), "unix:ino");
      return inode instanceof Long number && number == FIRST_PID_NAMESPACE;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException _) {
      return false;
    }
  }

  private void look(Path process) {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : open) {
        if (++files > MOST_FILES) {
          sawAll = false;
          return;
        }
        long inode = socket(file);
        if (wanted.contains(inode) && !names.containsKey(inode)) {
          names.put(inode, Files.readString(process.resolve("comm")).strip());
        }
      }
    } catch (AccessDeniedException _) {
      sawAll = false;
    } catch (IOException | java.nio.file.DirectoryIteratorException _) {
      // It has ended meanwhile.
    }
  }

  /// @return 0 where it is no socket
  private static long socket(Path file) {
    try {
      String target = Files.readSymbolicLink(file).toString();
      return target.startsWith(SOCKET)
          ? Long.parseLong(target, SOCKET.length(), target.length() - 1, 10)
          : 0;
    } catch (IOException | NumberFormatException _) {
      // It was closed meanwhile, or is a file that only has such a name.
      return 0;
    }
  }

  Owner of(long inode) {
    String name = names.get(inode);
    if (name != null) {
      return Owner.process(name);
    }
    return sawAll && inode > 0 ? Owner.KERNEL : Owner.UNKNOWN;
  }
}
