package io.k8sfw.kubernetes;

import io.k8sfw.matrix.Facts;
import java.util.List;

/// What was found in a cluster.
///
/// @param cluster the context's name, or `in-cluster`
/// @param text an inventory file, with comments that say where each fact comes from; the same
///   cluster gives the same text
/// @param facts those of the text
/// @param notes what is not known, and why; a line each, of text that may hold anything
/// @param unaudited nodes that are not in the file, since they have no address that can be probed
public record Discovered(
    String cluster, String text, Facts facts, List<String> notes, List<String> unaudited) {
  public Discovered {
    notes = List.copyOf(notes);
    unaudited = List.copyOf(unaudited);
  }
}
