package io.k8sfw.kubernetes;

import java.util.List;

/// What was found in a cluster.
///
/// @param text an inventory file, with comments that say where each fact comes from; the same
///   cluster gives the same text
/// @param notes what is not known, and why; a line each, of text that may hold anything
/// @param unaudited nodes that are not in the file, since they have no address that can be probed
public record Discovered(String text, List<String> notes, List<String> unaudited) {
  public Discovered {
    notes = List.copyOf(notes);
    unaudited = List.copyOf(unaudited);
  }
}
