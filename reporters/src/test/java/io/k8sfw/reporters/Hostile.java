package io.k8sfw.reporters;

import java.util.List;

/// Text that tries to be more than text, one for each way out of a report.
final class Hostile {
  static final List<String> EACH =
      List.of(
          "\u001b]0;pwned\u0007\u001b[2J\u001b[31m",
          "nul\u0000nul",
          "lone \ud800 high",
          "lone \udfff low",
          "\ufffe\uffff\ufdd0",
          "]]><failure/>",
          "</script></style></title><script>alert(1)</script>",
          "\"><img src=x onerror=alert(1)>",
          "' onmouseover='alert(1)",
          "=cmd|' /C calc'!A0",
          "\u202egnp.exe\u2066\u200b\ufeff",
          "\u0085\u009b31m\u2028\u2029",
          "\n::error::green\r::stop-commands::x\n",
          "::set-output name=x::y",
          "##[error]red ##vso[task.complete result=Succeeded;]ok",
          "#",
          "##[",
          "a\tb\u007fc",
          "&amp;&#x3c;&lt;${7*7}@{x}<!--#exec-->",
          "e\u0301\ud83d\ude80\u65e5\u672c");

  /// All of them in one.
  static final String ALL = String.join(" ", EACH);

  private Hostile() {}
}
