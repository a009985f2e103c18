"""The instructions of WebAssembly 3.0 and of the wide-arithmetic proposal: opcode, mnemonic, work class, unit.

Written from the specification's index of instructions, the descriptions in work_classes.def, and MET-4. Execution is
limited to profile 1; the rows beyond it exist for the classification, which the hash of a schedule covers (MET-21).
`end` and `else` are delimiters and have no row (MET-2).
"""

from schedule import host_declarations

# Runs of consecutive opcodes: the first opcode (for prefixed instructions prefix and sub-opcode), then the mnemonics.
_RUNS = """
00: unreachable nop block loop if
08: throw
0a: throw_ref
0c: br br_if br_table return call call_indirect return_call return_call_indirect call_ref return_call_ref
1a: drop select select
1f: try_table
20: local.get local.set local.tee global.get global.set table.get table.set
28: i32.load i64.load f32.load f64.load
2c: i32.load8_s i32.load8_u i32.load16_s i32.load16_u
30: i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u
36: i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32
3f: memory.size memory.grow i32.const i64.const f32.const f64.const
45: i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
50: i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
5b: f32.eq f32.ne f32.lt f32.gt f32.le f32.ge
61: f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
67: i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u
71: i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
79: i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u
83: i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
8b: f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt
92: f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign
99: f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt
a0: f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
a7: i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u
ac: i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u
b2: f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
b7: f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
bc: i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
c0: i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s
d0: ref.null ref.is_null ref.func ref.eq ref.as_non_null br_on_null br_on_non_null
fb 00: struct.new struct.new_default struct.get struct.get_s struct.get_u struct.set
fb 06: array.new array.new_default array.new_fixed array.new_data array.new_elem
fb 0b: array.get array.get_s array.get_u array.set array.len array.fill array.copy array.init_data array.init_elem
fb 14: ref.test ref.test ref.cast ref.cast br_on_cast br_on_cast_fail
fb 1a: any.convert_extern extern.convert_any ref.i31 i31.get_s i31.get_u
fc 00: i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
fc 04: i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u
fc 08: memory.init data.drop memory.copy memory.fill table.init elem.drop table.copy table.grow table.size table.fill
fc 13: i64.add128 i64.sub128 i64.mul_wide_s i64.mul_wide_u
fd 00: v128.load v128.load8x8_s v128.load8x8_u v128.load16x4_s v128.load16x4_u v128.load32x2_s v128.load32x2_u
fd 07: v128.load8_splat v128.load16_splat v128.load32_splat v128.load64_splat v128.store v128.const
fd 0d: i8x16.shuffle i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat
fd 15: i8x16.extract_lane_s i8x16.extract_lane_u i8x16.replace_lane
fd 18: i16x8.extract_lane_s i16x8.extract_lane_u i16x8.replace_lane i32x4.extract_lane i32x4.replace_lane
fd 1d: i64x2.extract_lane i64x2.replace_lane f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane
fd 23: i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u
fd 2d: i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u
fd 37: i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u
fd 41: f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge
fd 4d: v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true
fd 54: v128.load8_lane v128.load16_lane v128.load32_lane v128.load64_lane
fd 58: v128.store8_lane v128.store16_lane v128.store32_lane v128.store64_lane v128.load32_zero v128.load64_zero
fd 5e: f32x4.demote_f64x2_zero f64x2.promote_low_f32x4
fd 60: i8x16.abs i8x16.neg i8x16.popcnt i8x16.all_true i8x16.bitmask i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u
fd 67: f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest i8x16.shl i8x16.shr_s i8x16.shr_u
fd 6e: i8x16.add i8x16.add_sat_s i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u f64x2.ceil f64x2.floor
fd 76: i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u f64x2.trunc i8x16.avgr_u
fd 7c: i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u
fd 7e: i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u
fd 80: i16x8.abs i16x8.neg i16x8.q15mulr_sat_s i16x8.all_true i16x8.bitmask i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u
fd 87: i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u
fd 8b: i16x8.shl i16x8.shr_s i16x8.shr_u i16x8.add i16x8.add_sat_s i16x8.add_sat_u
fd 91: i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u f64x2.nearest i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u
fd 9b: i16x8.avgr_u
fd 9c: i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u
fd a0: i32x4.abs i32x4.neg
fd a3: i32x4.all_true i32x4.bitmask
fd a7: i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u
fd ab: i32x4.shl i32x4.shr_s i32x4.shr_u i32x4.add
fd b1: i32x4.sub
fd b5: i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u i32x4.dot_i16x8_s
fd bc: i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u
fd c0: i64x2.abs i64x2.neg
fd c3: i64x2.all_true i64x2.bitmask
fd c7: i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u
fd cb: i64x2.shl i64x2.shr_s i64x2.shr_u i64x2.add
fd d1: i64x2.sub
fd d5: i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s
fd dc: i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u
fd e0: f32x4.abs f32x4.neg
fd e3: f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin f32x4.pmax f64x2.abs f64x2.neg
fd ef: f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin f64x2.pmax
fd f8: i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u
fd fc: i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u
fd 100: i8x16.relaxed_swizzle i32x4.relaxed_trunc_f32x4_s i32x4.relaxed_trunc_f32x4_u
fd 103: i32x4.relaxed_trunc_f64x2_s_zero i32x4.relaxed_trunc_f64x2_u_zero
fd 105: f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd
fd 109: i8x16.relaxed_laneselect i16x8.relaxed_laneselect i32x4.relaxed_laneselect i64x2.relaxed_laneselect
fd 10d: f32x4.relaxed_min f32x4.relaxed_max f64x2.relaxed_min f64x2.relaxed_max i16x8.relaxed_q15mulr_s
fd 112: i16x8.relaxed_dot_i8x16_i7x16_s i32x4.relaxed_dot_i8x16_i7x16_add_s
"""

# The members of each work class, in the words of work_classes.def. Braces spread: {a,b}.c is a.c and b.c.
_CLASSES = """
structure: nop unreachable block loop
branch: br br_if if br_on_null br_on_non_null
branch_table: br_table
branch_cast: br_on_cast br_on_cast_fail
return: return
call: call return_call
call_indirect: call_indirect return_call_indirect
call_ref: call_ref return_call_ref
try_table: try_table
throw: throw throw_ref
parametric: drop select
variable: local.{get,set,tee}
global: global.{get,set}
constant: {i32,i64,f32,f64}.const
int_simple: {i32,i64}.{add,sub,and,or,xor,shl,shr_s,shr_u,rotl,rotr,clz,ctz,popcnt,extend8_s,extend16_s}
int_simple: {i32,i64}.{eqz,eq,ne,lt_s,lt_u,gt_s,gt_u,le_s,le_u,ge_s,ge_u}
int_simple: i64.extend32_s i64.extend_i32_{s,u} i32.wrap_i64
int_multiply: {i32,i64}.mul
int_divide: {i32,i64}.{div,rem}_{s,u}
int_wide: i64.{add128,sub128,mul_wide_s,mul_wide_u}
float_simple: {f32,f64}.{abs,neg,copysign,eq,ne,lt,gt,le,ge}
float_simple: i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
float_arithmetic: {f32,f64}.{add,sub,mul,min,max}
float_round: {f32,f64}.{ceil,floor,trunc,nearest}
float_divide: {f32,f64}.div
float_root: {f32,f64}.sqrt
float_convert: {i32,i64}.{trunc,trunc_sat}_{f32,f64}_{s,u} {f32,f64}.convert_{i32,i64}_{s,u}
float_convert: f32.demote_f64 f64.promote_f32
load: {i32,i64,f32,f64}.load {i32,i64}.load{8,16}_{s,u} i64.load32_{s,u}
store: {i32,i64,f32,f64}.store {i32,i64}.store{8,16} i64.store32
memory_size: memory.size
memory_grow: memory.grow
memory_bulk: memory.{fill,copy,init}
segment_drop: data.drop elem.drop
table_access: table.{get,set}
table_size: table.size
table_grow: table.grow
table_bulk: table.{fill,copy,init}
reference: ref.{null,is_null,func,eq,as_non_null,i31} i31.get_{s,u} any.convert_extern extern.convert_any
reference_cast: ref.{test,cast}
struct_new: struct.{new,new_default}
struct_access: struct.{get,get_s,get_u,set}
array_new: array.{new,new_default,new_fixed,new_data,new_elem}
array_access: array.{get,get_s,get_u,set}
array_length: array.len
array_bulk: array.{fill,copy,init_data,init_elem}
vector_constant: v128.const
vector_lane: {i8x16,i16x8,i32x4,i64x2,f32x4,f64x2}.{splat,replace_lane}
vector_lane: {i8x16,i16x8}.extract_lane_{s,u} {i32x4,i64x2,f32x4,f64x2}.extract_lane
vector_shuffle: i8x16.{shuffle,swizzle,relaxed_swizzle}
vector_bitwise: v128.{not,and,andnot,or,xor,bitselect,any_true} {i8x16,i16x8,i32x4,i64x2}.relaxed_laneselect
vector_integer: {i8x16,i16x8,i32x4,i64x2}.{abs,neg,all_true,bitmask,add,sub,shl,shr_s,shr_u,eq,ne}
vector_integer: {i8x16,i16x8,i32x4,i64x2}.{lt_s,gt_s,le_s,ge_s} {i8x16,i16x8,i32x4}.{lt_u,gt_u,le_u,ge_u}
vector_integer: {i8x16,i16x8,i32x4}.{min,max}_{s,u} {i8x16,i16x8}.{add_sat_s,add_sat_u,sub_sat_s,sub_sat_u,avgr_u}
vector_integer: i8x16.popcnt i8x16.narrow_i16x8_{s,u} i16x8.narrow_i32x4_{s,u}
vector_integer: i16x8.extend_{low,high}_i8x16_{s,u} i32x4.extend_{low,high}_i16x8_{s,u}
vector_integer: i64x2.extend_{low,high}_i32x4_{s,u}
vector_integer: i16x8.extadd_pairwise_i8x16_{s,u} i32x4.extadd_pairwise_i16x8_{s,u}
vector_multiply: {i16x8,i32x4,i64x2}.mul i16x8.q15mulr_sat_s i16x8.relaxed_q15mulr_s i32x4.dot_i16x8_s
vector_multiply: i16x8.relaxed_dot_i8x16_i7x16_s i32x4.relaxed_dot_i8x16_i7x16_add_s
vector_multiply: i16x8.extmul_{low,high}_i8x16_{s,u} i32x4.extmul_{low,high}_i16x8_{s,u}
vector_multiply: i64x2.extmul_{low,high}_i32x4_{s,u}
vector_float_simple: {f32x4,f64x2}.{abs,neg,eq,ne,lt,gt,le,ge,pmin,pmax}
vector_float_arithmetic: {f32x4,f64x2}.{add,sub,mul,min,max,relaxed_madd,relaxed_nmadd,relaxed_min,relaxed_max}
vector_float_round: {f32x4,f64x2}.{ceil,floor,trunc,nearest}
vector_float_divide: {f32x4,f64x2}.div
vector_float_root: {f32x4,f64x2}.sqrt
vector_convert: i32x4.{trunc_sat,relaxed_trunc}_{f32x4_s,f32x4_u,f64x2_s_zero,f64x2_u_zero}
vector_convert: f32x4.convert_i32x4_{s,u} f64x2.convert_low_i32x4_{s,u}
vector_convert: f32x4.demote_f64x2_zero f64x2.promote_low_f32x4
vector_load: v128.load v128.load8x8_{s,u} v128.load16x4_{s,u} v128.load32x2_{s,u} v128.load{8,16,32,64}_splat
vector_load: v128.load{8,16,32,64}_lane v128.load{32,64}_zero
vector_store: v128.store v128.store{8,16,32,64}_lane
"""

# MET-4, row by row. An instruction without a row has the unit none.
_UNITS = """
word_moved: br br_if br_table br_on_null br_on_non_null br_on_cast br_on_cast_fail return throw
frame_word: call call_indirect call_ref return_call return_call_indirect return_call_ref
catch_clause: try_table
memory_grow_byte: memory.grow
memory_fill_byte: memory.fill
memory_copy_byte: memory.copy memory.init
table_grow_element: table.grow
table_fill_element: table.fill
table_copy_element: table.copy table.init
heap_byte: struct.{new,new_default} array.{new,new_default,new_fixed,new_data,new_elem}
array_bulk_byte: array.{fill,copy,init_data,init_elem}
"""


def spread(word):
    """The words that a pattern with braces stands for."""
    if "{" not in word:
        return [word]
    head, rest = word.split("{", 1)
    choices, tail = rest.split("}", 1)
    return [head + choice + end for choice in choices.split(",") for end in spread(tail)]


def _by_mnemonic(text):
    table = {}
    for line in text.strip().splitlines():
        name, members = line.split(": ")
        for mnemonic in (one for word in members.split() for one in spread(word)):
            if mnemonic in table:
                raise ValueError(f"{mnemonic} stands in two rows")
            table[mnemonic] = name
    return table


def _opcodes():
    """(prefix or None, number) -> mnemonic, in opcode order."""
    table = {}
    for line in _RUNS.strip().splitlines():
        start, mnemonics = line.split(": ")
        *prefix, first = (int(part, 16) for part in start.split())
        for offset, mnemonic in enumerate(mnemonics.split()):
            key = (prefix[0] if prefix else None, first + offset)
            if key in table:
                raise ValueError(f"opcode {key} stands twice")
            table[key] = mnemonic
    return table


OPCODES = _opcodes()
CLASS_OF = _by_mnemonic(_CLASSES)
UNIT_OF = _by_mnemonic(_UNITS)
if set(OPCODES.values()) != set(CLASS_OF) or not set(UNIT_OF) <= set(CLASS_OF):
    raise ValueError(f"opcodes and classes differ: {set(OPCODES.values()) ^ set(CLASS_OF)}")


def unit_of(mnemonic):
    return UNIT_OF.get(mnemonic, "none")


def classification():
    """The text whose SHA-256 stands in the canonical bytes of a schedule (MET-21)."""
    lines = []
    for (prefix, number), mnemonic in OPCODES.items():
        opcode = f"0x{number:02x}" if prefix is None else f"0x{prefix:02x} 0x{number:02x}"
        lines.append(f"{opcode} {mnemonic} {CLASS_OF[mnemonic]} {unit_of(mnemonic)}\n")
    for row in host_declarations():
        lines.append(f"detent_v1.{row['name']} {row['work_class']} {row['unit']}\n")
    return "".join(lines).encode("ascii")
