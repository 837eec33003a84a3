package io.k8sfw.probes.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// How many files, sockets among them, this process may have open.
public final class FileLimit {
  private static final String NAME = "Max open files";

  private FileLimit() {}

  /// The soft limit (proc(5), `/proc/[pid]/limits`); empty where it is not known, or there is none.
  public static OptionalLong read() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
      return lines
          .filter(line -> line.startsWith(NAME))
          .map(line -> line.substring(NAME.length()).strip().split("\\s+", 2)[0])
          .filter(limit -> limit.matches("[0-9]{1,18}"))
          .mapToLong(Long::parseLong)
          .findFirst();
    } catch (IOException _) {
      return OptionalLong.empty();
    }
  }
}
