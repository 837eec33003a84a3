package io.k8sfw.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// A file that is there whole or not at all: written under another name in the same directory,
/// fsynced, renamed, and the directory fsynced. Whatever fails, what was there before stays.
///
/// What is there already must be a plain file. A symbolic link is not followed: in a directory that
/// others may write to, it would let them choose what is overwritten. A device or pipe cannot be
/// replaced by renaming without destroying it.
final class AtomicFile {
  private final Path target;

  private AtomicFile(Path target) {
    this.target = target;
  }

  /// Finds out now whether `path` can be written, by making a file beside it and deleting it again.
  static AtomicFile at(Path path) throws Refusal {
    Path target = path.toAbsolutePath().normalize();
    requirePlainOrAbsent(path, target);
    Path directory = directory(target);
    if (!Files.isDirectory(directory)) {
      throw Refusal.usage("{}: cannot be written: there is no directory {}", path, directory);
    }
    try {
      Path probe = besides(target);
      Files.createFile(probe);
      Files.delete(probe);
      return new AtomicFile(directory.toRealPath().resolve(target.getFileName()));
    } catch (IOException e) {
      throw Refusal.usage("{}: cannot be written: {}", path, cause(e));
    }
  }

  private static void requirePlainOrAbsent(Path path, Path target) throws Refusal {
    if (target.getFileName() == null || Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      throw Refusal.usage("{}: is a directory; name a file", path);
    }
    if (Files.isSymbolicLink(target)) {
      throw Refusal.usage(
          "{}: is a symbolic link, which is not followed; name the file itself", path);
    }
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      throw Refusal.usage("{}: is not a plain file; write to - and redirect", path);
    }
  }

  Path path() {
    return target;
  }

  void write(byte[] bytes) throws IOException {
    Path temporary = besides(target);
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IOException(target + ": cannot be written: " + cause(e), e);
    } finally {
      Files.deleteIfExists(temporary);
    }
    sync(directory(target));
  }

  /// Makes the new name survive a power cut (fsync(2), NOTES).
  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (AccessDeniedException _) {
      // A directory may be writable and not readable: then the file is safe and its name is not.
    }
  }

  private static Path besides(Path target) {
    return target.resolveSibling(
        "." + target.getFileName() + "." + UUID.randomUUID().toString().substring(0, 8) + ".tmp");
  }

  private static Path directory(Path target) {
    Path directory = target.getParent();
    if (directory == null) {
      throw new IllegalStateException("an absolute path of a file has a parent: " + target);
    }
    return directory;
  }

  /// In words, without the name of the temporary file.
  private static String cause(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    return String.valueOf(e.getMessage());
  }
}
