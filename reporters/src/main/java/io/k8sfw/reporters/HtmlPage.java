package io.k8sfw.reporters;

import java.util.List;

/// What the template shows. Strings are words of ours; everything that may come from outside is an
/// [HtmlText].
///
/// @param style the whole style sheet
/// @param styleHash its SHA-256 in Base64, for the page's Content-Security-Policy
/// @param title for the browser's tab; escaped by the template
/// @param state `good`, `bad` or `open`
/// @param forwarding who forwards NodePorts
record HtmlPage(
    String style,
    String styleHash,
    String title,
    HtmlText name,
    String state,
    String outcome,
    HtmlText lead,
    List<String> counts,
    List<Entry> facts,
    List<HtmlText> sources,
    List<Role> roles,
    List<Strip> strips,
    List<FindingView> findings,
    List<UnprovenRow> unproven,
    List<ExclusionRow> exclusions,
    List<PlaceRow> places,
    List<Entry> provenance,
    List<Entry> parts,
    List<ContradictionRow> contradictions,
    String forwarding,
    List<ServiceRow> services,
    int moreServices) {
  record Entry(String label, HtmlText text) {}

  record Role(HtmlText name, String nodes, List<MatrixRow> rows) {}

  /// @param fine nothing in it needs attention
  record MatrixRow(boolean fine, HtmlText port, HtmlText purpose, List<MatrixCell> cells) {}

  /// @param glyph name of a symbol, and of the cell's class
  /// @param href of the finding; empty where there is none
  record MatrixCell(String glyph, String word, String count, String meaning, String href) {}

  /// Ports of the widest row on a line.
  ///
  /// @param summary the strip in words
  /// @param segments what is not blocked
  record Strip(
      HtmlText sources, HtmlText row, String summary, int first, int last, List<Segment> segments) {
    int width() {
      return last - first + 1;
    }
  }

  record Segment(int x, int width, String fill, String meaning) {}

  /// @param beside what was seen of the same ways, and decides nothing
  record FindingView(
      String id,
      String severity,
      String glyph,
      String kind,
      HtmlText title,
      String fingerprint,
      HtmlText means,
      List<EvidenceRow> evidence,
      int moreEvidence,
      List<HtmlText> beside,
      HtmlText fix,
      List<HtmlText> example,
      HtmlText again,
      HtmlText rules) {}

  record EvidenceRow(
      List<HtmlText> spots,
      int moreSpots,
      HtmlText ports,
      HtmlText observed,
      String attempts,
      String rtt,
      String grade,
      HtmlText because) {}

  /// @param beside what was seen of the same ways, and proves nothing
  record UnprovenRow(
      String state,
      HtmlText flow,
      HtmlText rows,
      int checks,
      HtmlText why,
      List<HtmlText> beside,
      HtmlText example) {}

  /// What several parts of a merged audit say of the same ports, worst first.
  record ContradictionRow(HtmlText check, HtmlText ports, List<HtmlText> opinions) {}

  /// A Service with a NodePort.
  ///
  /// @param findings labels of findings on this page
  record ServiceRow(
      HtmlText name,
      String port,
      String policy,
      String outcome,
      List<String> findings,
      List<HtmlText> notes) {}

  record ExclusionRow(HtmlText scope, int checks, HtmlText reason) {}

  /// @param paths what canaries told of the ways from there
  /// @param troubled ways that lost much or were slowed
  record PlaceRow(
      HtmlText name,
      HtmlText zones,
      HtmlText transport,
      String fidelity,
      String capabilities,
      String controls,
      String paths,
      List<HtmlText> problems,
      List<HtmlText> troubled) {}
}
