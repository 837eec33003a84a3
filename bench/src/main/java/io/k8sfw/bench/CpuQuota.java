package io.k8sfw.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A control group that gets a share of one processor (cgroups(7)), version 1 or 2.
///
/// @param directory has `cgroup.procs`
record CpuQuota(Path directory) implements AutoCloseable {
  private static final Path VERSION_1 = Path.of("/sys/fs/cgroup/cpu");
  private static final int PERIOD_MICROS = 100_000;

  /// Where it is.
  static final Path DIRECTORY =
      (Files.isDirectory(VERSION_1) ? VERSION_1 : Path.of("/sys/fs/cgroup"))
          .resolve("kb-" + ProcessHandle.current().pid());

  static CpuQuota ofPercent(int percent) throws IOException {
    int micros = PERIOD_MICROS / 100 * percent;
    Files.createDirectories(DIRECTORY);
    if (Files.isDirectory(VERSION_1)) {
      Files.writeString(DIRECTORY.resolve("cpu.cfs_period_us"), Integer.toString(PERIOD_MICROS));
      Files.writeString(DIRECTORY.resolve("cpu.cfs_quota_us"), Integer.toString(micros));
    } else {
      Files.writeString(DIRECTORY.resolve("cpu.max"), micros + " " + PERIOD_MICROS);
    }
    return new CpuQuota(DIRECTORY);
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(directory);
  }
}
