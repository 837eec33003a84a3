package io.k8sfw.probes.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The program that lets the kernel copy TCP SYNs and our own datagrams of one direction, and
/// nothing else (classic BPF, `Documentation/networking/filter.rst`). Packets begin with their IP
/// header.
final class SynFilter {
  /// `include/uapi/linux/bpf_common.h`, `filter.h`: class, size, mode and source in one.
  private static final int LOAD_WORD = 0x20;

  private static final int LOAD_HALF = 0x28;
  private static final int LOAD_BYTE = 0x30;
  private static final int LOAD_BYTE_AT_X = 0x50;
  private static final int LOAD_WORD_AT_X = 0x40;
  private static final int LOAD_X_HEADER_LENGTH = 0xb1;
  private static final int AND = 0x54;
  private static final int SHIFT_RIGHT = 0x74;
  private static final int JUMP = 0x05;
  private static final int JUMP_EQUAL = 0x15;
  private static final int JUMP_SET = 0x45;
  private static final int RETURN = 0x06;

  /// `SKF_AD_OFF + SKF_AD_PKTTYPE`.
  private static final int PACKET_TYPE = 0xfffff004;

  /// `include/uapi/linux/if_packet.h`.
  private static final int PACKET_OUTGOING = 4;

  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int UDP_HEADER = 8;
  private static final int IPV6_HEADER = 40;
  private static final int FRAGMENT_OFFSET = 0x1fff;
  private static final int SYN_AND_ACK = 0x12;
  private static final int SYN = 0x02;

  /// `struct sock_filter`: code 2, where to jump if true 1 and if false 1, operand 4.
  private record Step(int code, String ifTrue, String ifFalse, int operand) {}

  private static final String NEXT = "next";
  private static final String TAKE = "take";
  private static final String LEAVE = "leave";

  private final List<Step> steps = new ArrayList<>();
  private final Map<String, Integer> labels = new HashMap<>();

  private SynFilter() {}

  /// @param snapshot how much of a packet is copied, in bytes
  /// @return a `struct sock_fprog`
  static MemorySegment allocate(Arena arena, PacketTap.Direction direction, int snapshot) {
    SynFilter filter = new SynFilter();
    filter.direction(direction);
    filter.wanted();
    filter.label(TAKE).add(RETURN, snapshot);
    filter.label(LEAVE).add(RETURN, 0);
    return filter.encode(arena);
  }

  private void direction(PacketTap.Direction direction) {
    add(LOAD_WORD, PACKET_TYPE);
    switch (direction) {
      case ARRIVING -> jump(JUMP_EQUAL, PACKET_OUTGOING, LEAVE, NEXT);
      case LEAVING -> jump(JUMP_EQUAL, PACKET_OUTGOING, NEXT, LEAVE);
    }
  }

  /// RFC 791 section 3.1, RFC 8200 section 3, RFC 9293 section 3.1, RFC 768.
  private void wanted() {
    add(LOAD_BYTE, 0).add(SHIFT_RIGHT, 4).jump(JUMP_EQUAL, 4, NEXT, "v6");
    add(LOAD_HALF, 6).jump(JUMP_SET, FRAGMENT_OFFSET, LEAVE, NEXT);
    add(LOAD_X_HEADER_LENGTH, 0);
    add(LOAD_BYTE, 9).jump(JUMP_EQUAL, UDP, NEXT, "tcp4");
    add(LOAD_WORD_AT_X, UDP_HEADER).jump(JUMP, 0, "mark", "mark");
    label("tcp4").jump(JUMP_EQUAL, TCP, NEXT, LEAVE);
    add(LOAD_BYTE_AT_X, 13).jump(JUMP, 0, "flags", "flags");
    label("v6").jump(JUMP_EQUAL, 6, NEXT, LEAVE);
    add(LOAD_BYTE, 6).jump(JUMP_EQUAL, UDP, NEXT, "tcp6");
    add(LOAD_WORD, IPV6_HEADER + UDP_HEADER);
    label("mark").jump(JUMP_EQUAL, Challenge.MARK, TAKE, LEAVE);
    label("tcp6").jump(JUMP_EQUAL, TCP, NEXT, LEAVE);
    add(LOAD_BYTE, IPV6_HEADER + 13);
    label("flags").add(AND, SYN_AND_ACK).jump(JUMP_EQUAL, SYN, TAKE, LEAVE);
  }

  private SynFilter label(String name) {
    labels.put(name, steps.size());
    return this;
  }

  private SynFilter add(int code, int operand) {
    return jump(code, operand, NEXT, NEXT);
  }

  private SynFilter jump(int code, int operand, String ifTrue, String ifFalse) {
    steps.add(new Step(code, ifTrue, ifFalse, operand));
    return this;
  }

  private MemorySegment encode(Arena arena) {
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
