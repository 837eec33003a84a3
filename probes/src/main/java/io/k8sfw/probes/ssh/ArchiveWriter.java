package io.k8sfw.probes.ssh;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;

/// Writes an [AgentArchive]: in the format that POSIX calls ustar (pax, "ustar Interchange
/// Format"), in an order and with owners, times and modes that nothing decides but the contents.
public final class ArchiveWriter {
  private static final int BLOCK = 512;
  private static final int LONGEST_NAME = 100;
  private static final String MANIFEST = "manifest";

  private final SortedMap<String, byte[]> files = new TreeMap<>();

  /// @param name within the archive, with `/` between its parts, at most 100 ASCII characters
  public void add(String name, byte[] content) {
    if (name.length() > LONGEST_NAME || !name.matches("[A-Za-z0-9._+-]+(/[A-Za-z0-9._+-]+)*")) {
      throw new IllegalArgumentException("not a name for this archive: " + name);
    }
    files.put(name, content);
  }

  /// @param file replaced where there is one
  /// @param machine see [AgentArchive]
  public AgentArchive write(Path file, Optional<String> machine) throws IOException {
    Map<String, byte[]> all = new TreeMap<>(files);
    byte[] manifest = manifest();
    all.put(MANIFEST, manifest);
    MessageDigest whole = sha256();
    try (OutputStream to = new DigestOutputStream(Files.newOutputStream(file), whole);
        OutputStream out = new GZIPOutputStream(to)) {
      for (String directory : directories()) {
        out.write(header(directory + "/", 0, 0700, '5'));
      }
      for (Map.Entry<String, byte[]> each : all.entrySet()) {
        byte[] content = each.getValue();
        int mode = runs(each.getKey()) ? 0700 : 0600;
        out.write(header(each.getKey(), content.length, mode, '0'));
        out.write(content);
        out.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
      }
      out.write(new byte[2 * BLOCK]);
    }
    return new AgentArchive(
        file,
        HexFormat.of().formatHex(whole.digest()),
        Files.size(file),
        hex(manifest),
        all.size(),
        all.values().stream().mapToLong(content -> content.length).sum(),
        machine);
  }

  /// Programs and libraries; what the runtime starts itself beside them.
  private static boolean runs(String name) {
    return name.startsWith("bin/") || name.endsWith(".so") || name.equals("lib/jspawnhelper");
  }

  /// As sha256sum(1) writes it and checks it.
  private byte[] manifest() {
    List<String> lines = new ArrayList<>();
    files.forEach((name, content) -> lines.add(hex(content) + "  " + name + "\n"));
    return String.join("", lines).getBytes(StandardCharsets.US_ASCII);
  }

  private SortedSet<String> directories() {
    SortedSet<String> directories = new TreeSet<>();
    for (String name : files.keySet()) {
      for (int slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
        directories.add(name.substring(0, slash));
      }
    }
    return directories;
  }

  private static byte[] header(String name, long length, int mode, char type) {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "%07o".formatted(mode));
    put(header, 108, "%07o".formatted(0));
    put(header, 116, "%07o".formatted(0));
    put(header, 124, "%011o".formatted(length));
    put(header, 136, "%011o".formatted(0));
    put(header, 148, " ".repeat(8));
    header[156] = (byte) type;
    put(header, 257, "ustar");
    put(header, 263, "00");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    return header;
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static String hex(byte[] content) {
    return HexFormat.of().formatHex(sha256().digest(content));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
