package io.k8sfw.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.input.InvalidInputException;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MatrixReaderFuzzTests {
  private static final String[] NASTY = {
    "&a ",
    "*a",
    "<<: ",
    "!!x ",
    "---\n",
    "...\n",
    "\t",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "- ",
    "\"",
    "'",
    "|\n",
    ">",
    "%YAML 9.9\n",
    "#",
    "? ",
    "\u0000",
    "\ufeff",
    "99999999999",
    "-1",
    "~",
    "\r",
    "\u2028",
    "@",
    "`",
  };

  @Test
  void whateverAFileHoldsItIsAMatrixOrHasProblems() {
    Random random = new Random(8472);
    byte[] seed = BuiltinMatrices.text("seed").orElseThrow();
    int read = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = seed;
      for (int mutations = 1 + random.nextInt(3); mutations > 0; mutations--) {
        bytes = mutate(bytes, random);
      }
      try {
        assertThat(MatrixReader.read("fuzz", bytes).rules()).isNotEmpty();
        read++;
      } catch (InvalidInputException e) {
        assertThat(e.problems()).isNotEmpty();
      }
    }
    assertThat(read).as("mutants that are still a matrix").isBetween(1, 1999);
  }

  private static byte[] mutate(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length);
    int length = random.nextInt(Math.min(40, bytes.length - at) + 1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    switch (random.nextInt(4)) {
      case 0 -> out.write(bytes, at + length, bytes.length - at - length);
      case 1 -> {
        out.write(bytes, at, length);
        out.write(bytes, at, bytes.length - at);
      }
      case 2 -> {
        out.write(random.nextInt(256));
        out.write(bytes, at, bytes.length - at);
      }
      default -> {
        out.writeBytes(
            NASTY[random.nextInt(NASTY.length)].getBytes(java.nio.charset.StandardCharsets.UTF_8));
        out.write(bytes, at, bytes.length - at);
      }
    }
    return out.size() == 0 ? bytes : out.toByteArray();
  }
}
