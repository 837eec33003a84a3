package io.k8sfw.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// A row of files in one directory that are named by the time: what `{time}` in a path stands for,
/// and which of them are too old to keep.
///
/// @param directory where they are
/// @param before what their names begin with
/// @param after what their names end with
record Retention(Path directory, String before, String after) {
  static final String TIME = "{time}";

  private static final String WRITTEN = "[0-9]{8}T[0-9]{6}Z";

  /// In the order of their names, files are in the order of time.
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  /// @param path whose last part has `{time}` in it, once
  static Retention of(Path path) throws Refusal {
    Path absolute = path.toAbsolutePath().normalize();
    Path directory = absolute.getParent();
    String name = String.valueOf(absolute.getFileName());
    int at = name.indexOf(TIME);
    if (directory == null
        || at < 0
        || name.indexOf(TIME, at + 1) >= 0
        || directory.toString().contains(TIME)) {
      throw Refusal.usage("{}: {} is for the name of a file, and once", path, TIME);
    }
    return new Retention(directory, name.substring(0, at), name.substring(at + TIME.length()));
  }

  /// The file of `time`: `audit-20260131T235959Z.json`.
  Path at(Instant time) {
    return directory.resolve(before + STAMP.format(time) + after);
  }

  /// Deletes all but the newest `keep` files, by their names. Others in that directory stay, and so
  /// does whatever is no plain file.
  ///
  /// @param written stays, whatever the clock said when others were
  void prune(int keep, Path written) throws IOException {
    List<Path> old = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      files
          .filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS))
          .filter(f -> isOne(f.getFileName().toString()))
          .filter(f -> !f.getFileName().equals(written.getFileName()))
          .sorted(Comparator.reverseOrder())
          .skip(keep - 1L)
          .forEach(old::add);
    }
    for (Path file : old) {
      Files.deleteIfExists(file);
    }
  }

  private boolean isOne(String name) {
    return name.length() > before.length() + after.length()
        && name.startsWith(before)
        && name.endsWith(after)
        && name.substring(before.length(), name.length() - after.length()).matches(WRITTEN);
  }
}
