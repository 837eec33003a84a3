package io.k8sfw.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `--keep`.
final class KeepOption {
  @Option(
      names = "--keep",
      paramLabel = "N",
      converter = Count.class,
      description =
          "Of the reports whose PATH holds {time}, keep the newest N in that directory, this one"
              + " among them, and delete the others. Default: all are kept.")
  int keep = Integer.MAX_VALUE;

  /// @param outputs what is asked for by `-o`
  /// @return the same, limited
  Outputs limit(Outputs outputs) throws Refusal {
    return keep == Integer.MAX_VALUE ? outputs : outputs.keeping(keep);
  }

  static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String word) {
      if (!word.matches("0*[1-9][0-9]{0,8}")) {
        throw new TypeConversionException(
            "'" + word + "' is not a number of reports; 1 to 999999999");
      }
      return Integer.valueOf(word);
    }
  }
}
