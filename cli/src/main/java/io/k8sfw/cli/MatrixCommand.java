package io.k8sfw.cli;

import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.matrix.Difference;
import io.k8sfw.matrix.LintFinding;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.MatrixDiff;
import io.k8sfw.matrix.MatrixLint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `matrix`: the policy itself.
@Command(name = "matrix", description = "List, show and check policies. Sends nothing.")
final class MatrixCommand extends Subcommand {
  private static final String WHICH =
      "builtin:NAME, a file, or - for standard input. Several add up.";

  @SuppressWarnings("NullAway.Init")
  @Spec
  CommandSpec spec;

  MatrixCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() {
    throw new Main.NoCommandException(spec.commandLine());
  }

  /// `matrix list`.
  @Command(name = "list", description = "List the built-in matrices.")
  static final class ListCommand extends Subcommand {
    ListCommand(Streams streams) {
      super(streams);
    }

    @Override
    public Integer call() throws IOException {
      Table table = new Table();
      for (String name : BuiltinMatrices.names()) {
        Matrix matrix =
            BuiltinMatrices.find(name)
                .orElseThrow(() -> new IllegalStateException("listed and not there: " + name));
        table.row(Inputs.BUILTIN + name, matrix.rules().size() + " rules", firstLine(name));
      }
      streams().print(table.lines(""));
      return ExitCodes.COMPLIANT;
    }
  }

  /// What a built-in says of itself first.
  private static String firstLine(String name) {
    return BuiltinMatrices.text(name)
        .flatMap(bytes -> new String(bytes, StandardCharsets.UTF_8).lines().findFirst())
        .filter(line -> line.startsWith("# "))
        .map(line -> line.substring(2))
        .orElse("");
  }

  /// `matrix show`.
  @Command(name = "show", description = "Print the rules, the policy and the words for zones.")
  static final class ShowCommand extends Subcommand {
    @Parameters(paramLabel = "MATRIX", arity = "1..*", description = WHICH)
    List<String> matrices = new ArrayList<>();

    @Option(
        names = "--yaml",
        description = "Print the file itself: of a built-in, a start for your own.")
    boolean yaml;

    ShowCommand(Streams streams) {
      super(streams);
    }

    @Override
    public Integer call() throws Refusal, IOException {
      if (!yaml) {
        streams().print(new MatrixText(new Inputs(streams()).anyMatrix(matrices)).lines());
        return ExitCodes.COMPLIANT;
      }
      if (matrices.size() > 1) {
        throw Refusal.usage("--yaml: prints one file; name one matrix");
      }
      streams().out().write(new Inputs(streams()).text(matrices.getFirst()));
      streams().requirePrinted();
      return ExitCodes.COMPLIANT;
    }
  }

  /// `matrix lint`.
  @Command(
      name = "lint",
      description = {
        "Look for what is wrong or strange in a matrix.",
        "Exits 1 where no cluster can comply with it, or it differs from --against; warnings alone exit"
            + " 0."
      })
  static final class LintCommand extends Subcommand {
    @Parameters(paramLabel = "MATRIX", arity = "1..*", description = WHICH)
    List<String> matrices = new ArrayList<>();

    @Option(
        names = "--against",
        paramLabel = "OTHER",
        description = "Also print how the rules differ from those of OTHER.")
    @Nullable String against;

    LintCommand(Streams streams) {
      super(streams);
    }

    @Override
    public Integer call() throws Refusal, IOException {
      Inputs inputs = new Inputs(streams());
      Matrix policy = inputs.anyMatrix(matrices);
      List<LintFinding> findings = MatrixLint.lint(policy);
      List<String> lines = new ArrayList<>();
      findings.forEach(f -> lines.add(Visible.text(f.toString())));
      List<Difference> differences =
          against == null
              ? List.of()
              : MatrixDiff.between(policy, inputs.anyMatrix(List.of(against)));
      differences.forEach(d -> lines.add(Visible.text(d.toString())));
      if (lines.isEmpty()) {
        lines.add(Visible.line("{}: nothing to say", policy.source()));
      }
      streams().print(lines);
      boolean bad =
          !differences.isEmpty()
              || findings.stream().anyMatch(f -> f.level() == LintFinding.Level.ERROR);
      return bad ? ExitCodes.FINDINGS : ExitCodes.COMPLIANT;
    }
  }
}
