package io.k8sfw.probes.ssh;

import java.nio.file.Path;
import java.util.Optional;

/// The agent as one `.tar.gz`: its jars in `jars/`, native libraries in `native/`, a `manifest` as
/// sha256sum(1) writes it, and, where it is for one kind of machine, a Java runtime beside them.
///
/// @param file where it is on this machine
/// @param sha256 of the file, 64 hex digits: also its name on nodes
/// @param bytes the file's length
/// @param manifestSha256 of the `manifest` inside
/// @param files how many it has, the manifest among them
/// @param unpackedBytes their lengths together
/// @param machine as uname(1) `-m` says it; empty where there is no runtime inside
public record AgentArchive(
    Path file,
    String sha256,
    long bytes,
    String manifestSha256,
    int files,
    long unpackedBytes,
    Optional<String> machine) {

  /// Where an archive comes from. Making one may take seconds; asked for when an agent needs it.
  public interface Source {
    /// @return one with a Java runtime for machines like this one
    AgentArchive withRuntime() throws java.io.IOException;

    /// @return one without
    AgentArchive withoutRuntime() throws java.io.IOException;
  }
}
