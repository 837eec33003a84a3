package io.k8sfw.probes.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A program that tells the kernel which packets to copy (classic BPF,
/// `Documentation/networking/filter.rst`). Packets begin with their IP header; what reaches beyond
/// the end of one is left.
final class PacketFilter {
  /// `include/uapi/linux/bpf_common.h`, `filter.h`: class, size, mode and source in one.
  static final int LOAD_WORD = 0x20;

  static final int LOAD_HALF = 0x28;
  static final int LOAD_BYTE = 0x30;
  static final int LOAD_WORD_AT_X = 0x40;
  static final int LOAD_BYTE_AT_X = 0x50;
  static final int LOAD_X = 0x01;
  static final int LOAD_X_HEADER_LENGTH = 0xb1;
  static final int AND = 0x54;
  static final int SHIFT_RIGHT = 0x74;
  static final int JUMP = 0x05;
  static final int JUMP_EQUAL = 0x15;
  static final int JUMP_SET = 0x45;
  private static final int RETURN = 0x06;

  static final String NEXT = "next";
  static final String TAKE = "take";
  static final String LEAVE = "leave";

  private final List<Step> steps = new ArrayList<>();
  private final Map<String, Integer> labels = new HashMap<>();

  /// `struct sock_filter`: code 2, where to jump if true 1 and if false 1, operand 4.
  private record Step(int code, String ifTrue, String ifFalse, int operand) {}

  PacketFilter label(String name) {
    labels.put(name, steps.size());
    return this;
  }

  PacketFilter add(int code, int operand) {
    return jump(code, operand, NEXT, NEXT);
  }

  PacketFilter jump(int code, int operand, String ifTrue, String ifFalse) {
    steps.add(new Step(code, ifTrue, ifFalse, operand));
    return this;
  }

  /// Ends the program.
  ///
  /// @param snapshot how much of a packet is copied, in bytes
  /// @return a `struct sock_fprog`
  MemorySegment encode(Arena arena, int snapshot) {
    label(TAKE).add(RETURN, snapshot);
    label(LEAVE).add(RETURN, 0);
    MemorySegment program = arena.allocate(8L * steps.size(), 4);
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      long at = 8L * i;
      boolean always = step.code() == JUMP;
      program.set(ValueLayout.JAVA_SHORT, at, (short) step.code());
      program.set(ValueLayout.JAVA_BYTE, at + 2, (byte) (always ? 0 : ahead(i, step.ifTrue())));
      program.set(ValueLayout.JAVA_BYTE, at + 3, (byte) (always ? 0 : ahead(i, step.ifFalse())));
      program.set(ValueLayout.JAVA_INT, at + 4, always ? ahead(i, step.ifTrue()) : step.operand());
    }
    // struct sock_fprog: length 2, padding 6, pointer 8.
    MemorySegment header = arena.allocate(16, 8);
    header.set(ValueLayout.JAVA_SHORT, 0, (short) steps.size());
    header.set(ValueLayout.ADDRESS, 8, program);
    return header;
  }

  /// How many steps are skipped.
  private int ahead(int from, String label) {
    return label.equals(NEXT) ? 0 : labels.getOrDefault(label, from + 1) - from - 1;
  }
}
