package io.k8sfw.probes.linux;

import static io.k8sfw.probes.linux.PacketFilter.AND;
import static io.k8sfw.probes.linux.PacketFilter.JUMP;
import static io.k8sfw.probes.linux.PacketFilter.JUMP_EQUAL;
import static io.k8sfw.probes.linux.PacketFilter.JUMP_SET;
import static io.k8sfw.probes.linux.PacketFilter.LEAVE;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_BYTE;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_BYTE_AT_X;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_HALF;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_WORD;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_WORD_AT_X;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_X_HEADER_LENGTH;
import static io.k8sfw.probes.linux.PacketFilter.NEXT;
import static io.k8sfw.probes.linux.PacketFilter.SHIFT_RIGHT;
import static io.k8sfw.probes.linux.PacketFilter.TAKE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The program that lets the kernel copy TCP SYNs and our own datagrams of one direction, and
/// nothing else (classic BPF, `Documentation/networking/filter.rst`). Packets begin with their IP
/// header.
final class SynFilter {
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

  private final PacketFilter program = new PacketFilter();

  private SynFilter() {}

  /// @param snapshot how much of a packet is copied, in bytes
  /// @return a `struct sock_fprog`
  static MemorySegment allocate(Arena arena, PacketTap.Direction direction, int snapshot) {
    SynFilter filter = new SynFilter();
    filter.direction(direction);
    filter.wanted();
    return filter.program.encode(arena, snapshot);
  }

  private void direction(PacketTap.Direction direction) {
    program.add(LOAD_WORD, PACKET_TYPE);
    switch (direction) {
      case ARRIVING -> program.jump(JUMP_EQUAL, PACKET_OUTGOING, LEAVE, NEXT);
      case LEAVING -> program.jump(JUMP_EQUAL, PACKET_OUTGOING, NEXT, LEAVE);
    }
  }

  /// RFC 791 section 3.1, RFC 8200 section 3, RFC 9293 section 3.1, RFC 768.
  private void wanted() {
    program.add(LOAD_BYTE, 0).add(SHIFT_RIGHT, 4).jump(JUMP_EQUAL, 4, NEXT, "v6");
    program.add(LOAD_HALF, 6).jump(JUMP_SET, FRAGMENT_OFFSET, LEAVE, NEXT);
    program.add(LOAD_X_HEADER_LENGTH, 0);
    program.add(LOAD_BYTE, 9).jump(JUMP_EQUAL, UDP, NEXT, "tcp4");
    program.add(LOAD_WORD_AT_X, UDP_HEADER).jump(JUMP, 0, "mark", "mark");
    program.label("tcp4").jump(JUMP_EQUAL, TCP, NEXT, LEAVE);
    program.add(LOAD_BYTE_AT_X, 13).jump(JUMP, 0, "flags", "flags");
    program.label("v6").jump(JUMP_EQUAL, 6, NEXT, LEAVE);
    program.add(LOAD_BYTE, 6).jump(JUMP_EQUAL, UDP, NEXT, "tcp6");
    program.add(LOAD_WORD, IPV6_HEADER + UDP_HEADER);
    program.label("mark").jump(JUMP_EQUAL, Challenge.MARK, TAKE, LEAVE);
    program.label("tcp6").jump(JUMP_EQUAL, TCP, NEXT, LEAVE);
    program.add(LOAD_BYTE, IPV6_HEADER + 13);
    program.label("flags").add(AND, SYN_AND_ACK).jump(JUMP_EQUAL, SYN, TAKE, LEAVE);
  }
}
