;; Small modules of what wabt 1.0.32 can read, each for one part of the text format. compare_with_wabt.py assembles them
;; twice, and both must give the same bytes.

(module)
(module $named)

;; Types: given, implied, implied again, and used by number.
(module (func (param i32)) (func (result f64) unreachable) (type $t (func (param i32))) (func (type 1) unreachable))
(module (type (func)) (type (func)) (func) (func (type 1)) (func (param i64 i64) (result i32 i32) unreachable))
(module (type $f (func (param $x i32) (param f32 f64) (result i64))) (func (type $f) (param $y i32) (param f32 f64) (result i64) unreachable))
(module (func (block (param i32) (result i32 i32) unreachable) unreachable) (func (param i32) (result i32 i32) unreachable))
(module (table 0 funcref) (func (call_indirect (param i64) (result i64 i32) (i64.const 1) (i32.const 0)) drop drop))

;; Imports and exports, in line and not.
(module
  (import "m" "f" (func $f (param i32))) (import "m" "g" (global $g (mut i64)))
  (import "m" "t" (table $t 1 2 funcref)) (import "m" "n" (memory $n 1 2))
  (export "f" (func $f)) (export "g" (global 0)) (export "t" (table $t)) (export "n" (memory $n)))
(module
  (func $f (export "a") (export "b") (import "m" "f") (param i32) (result i32)) (global (import "" "g") externref)
  (func $g (export "c") (call $f (i32.const 1)) drop) (memory (export "mem") 1) (table (export "tab") 0 externref))
(module (import "\u{3bb}\t\n\r\"\'\\\41" "\ce\bb" (func)))
(module (tag (import "m" "e") (param f32)) (tag $e (export "e") (param i32 i64)))

;; Tables and elements.
(module (table $t funcref (elem $f $f 0)) (func $f))
(module (table 0 funcref) (table 10 20 externref) (func $f) (elem (i32.const 0) $f 0) (elem (table 0) (offset (i32.const 1)) func $f)
  (elem func $f) (elem declare func $f $f) (elem $x externref (ref.null extern)) (elem externref (item ref.null extern)))
(module (global $g (import "m" "g") i32) (table 1 funcref) (table 1 funcref) (func $f) (elem (table 1) (global.get $g) func $f))

;; Memories and data.
(module (memory (data "ab" "\00\ff" "")))
(module (memory $m 1) (data "p") (data $d (i32.const 1) "a") (data (memory $m) (offset (i32.const 2)) "b")
  (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $d)))
(module (memory 1) (memory $b 2 3) (data (memory $b) (i32.const 1) "x")
  (func (drop (i32.load $b offset=3 align=2 (i32.const 0))) (i64.store8 1 (i32.const 0) (i64.const 1))
    (drop (memory.size $b)) (drop (memory.grow 1 (i32.const 1))) (memory.fill $b (i32.const 0) (i32.const 0) (i32.const 0))
    (memory.copy $b 0 (i32.const 0) (i32.const 0) (i32.const 0)) (memory.init $b 0 (i32.const 0) (i32.const 0) (i32.const 0))))
(module (memory i64 1 0x1_0000) (func (drop (i64.load offset=0xffff_ffff (i64.const 0)))))
(module (memory 0)
  (func (drop (i32.load8_s align=1 (i32.const 0))) (drop (i64.load32_u offset=4_0 align=2 (i32.const 0)))
    (drop (f64.load align=8 (i32.const 0))) (f32.store offset=0x10 (i32.const 0) (f32.const 0))))

;; Globals and constant expressions.
(module (global $a (import "m" "a") i32) (global (mut f32) (f32.const 1)) (global i32 (global.get $a)) (global funcref (ref.func $f)) (func $f)
  (global i32 (i32.add (i32.mul (global.get $a) (i32.const 3)) (i32.const -1))) (global i64 i64.const 1 i64.const 2 i64.sub))

;; Locals, labels and control, plain and folded.
(module (func (param $p i32) (local $a i32) (local i32 i32 f64) (local) (local $b f64) (local.set $b (f64.const 1)) local.get $a drop local.get 3 drop))
(module (func block $a block $b br $a br $b br 1 end $b end $a))
(module (func block $a loop $a br $a end br $a end))
(module (func (param i32) (result i32) (block $out (result i32) (br_table 0 $out 1 (i32.const 1) (local.get 0)))))
(module (func (param i32) (if (local.get 0) (then nop) (else unreachable)) (if $l (result i32) (local.get 0) (then (br $l (i32.const 1))) (else (i32.const 2))) drop))
(module (func (param i32) local.get 0 if $x (result i32) i32.const 1 else $x i32.const 2 end $x drop local.get 0 if end))
(module (func (loop (br_if 0 (i32.const 1))) (return)) (func (result i32) (return (i32.const 1))) (start 0))
(module (func (drop (select (i32.const 1) (i32.const 2) (i32.const 3))) (drop (select (result externref) (ref.null extern) (ref.null extern) (i32.const 0)))))
(module (func $f (param i64) (result i64) (return_call $f (local.get 0))) (table 1 funcref)
  (func (result i64) (return_call_indirect (param i64) (result i64) (i64.const 0) (i32.const 0))))
(module (tag $e (param i32)) (func (throw $e (i32.const 1))))

;; Integers.
(module (func i32.const 0 drop i32.const -1 drop i32.const 0xffff_ffff drop i32.const 2147483647 drop i32.const -0x8000_0000 drop i32.const 4294967295 drop i32.const 63 drop i32.const 64 drop i32.const -64 drop i32.const -65 drop
  i64.const -1 drop i64.const 0x7fff_ffff_ffff_ffff drop i64.const 18446744073709551615 drop i64.const -9223372036854775808 drop))

;; Floats: decimal and hexadecimal, at ties, limits and below the smallest.
(module (func f32.const 0 drop f32.const -0.0 drop f32.const 1. drop f32.const 1.e1 drop f32.const 1_0.2_5E-0_2 drop f32.const 16777217 drop f32.const 16777219 drop
  f32.const 3.4028234663852886e38 drop f32.const 340282356779733623858607532500980858880 drop f32.const 1.4e-45 drop f32.const 7.0064923216240854e-46 drop f32.const 1e-50 drop
  f32.const inf drop f32.const -inf drop f32.const nan drop f32.const -nan drop f32.const nan:0x1 drop f32.const -nan:0x7f_ffff drop))
(module (func f32.const 0x1p-149 drop f32.const 0x1.8p-150 drop f32.const 0x1.fffffep127 drop f32.const 0x1.fffffefp127 drop f32.const 0x1000001 drop f32.const 0x1000003 drop
  f32.const 0x1.00000100000000000p-50 drop f32.const 0x1.00000100000000001p-50 drop f32.const 0x0.8p0 drop f32.const -0x1_0.8_0P+1_0 drop))
(module (func f64.const 0.1 drop f64.const 1.7976931348623157e308 drop f64.const 4.9e-324 drop f64.const 2.4703282292062327e-324 drop f64.const 1e-400 drop f64.const 9007199254740993 drop
  f64.const 2.2250738585072011e-308 drop f64.const 0x1p-1074 drop f64.const 0x1.fffffffffffff7p1023 drop f64.const 0x20000000000001 drop f64.const nan:0xfffffffffffff drop f64.const -nan:0x4_0000_0000_0000 drop))

;; Vectors.
(module (memory 1) (func
  (drop (v128.const i8x16 0 -1 255 0x7f -128 5 6 7 8 9 10 11 12 13 14 15)) (drop (v128.const i16x8 -1 65535 2 3 4 5 6 7)) (drop (v128.const i32x4 -1 4294967295 0x10 3))
  (drop (v128.const i64x2 -1 18446744073709551615)) (drop (v128.const f32x4 1 -0x1p3 nan:0x1 inf)) (drop (v128.const f64x2 -nan 1e3))
  (drop (i8x16.shuffle 0 31 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 0 0) (v128.const i64x2 0 0)))
  (drop (i16x8.extract_lane_u 7 (v128.const i64x2 0 0))) (drop (f64x2.replace_lane 1 (v128.const i64x2 0 0) (f64.const 1)))
  (drop (v128.load (i32.const 0))) (drop (v128.load32_splat offset=1 align=2 (i32.const 0))) (v128.store align=16 (i32.const 0) (v128.const i64x2 0 0))
  (drop (v128.load8_lane 15 (i32.const 0) (v128.const i64x2 0 0))) (v128.store64_lane offset=8 align=4 1 (i32.const 0) (v128.const i64x2 0 0))
  (drop (i32x4.dot_i16x8_s (v128.const i64x2 0 0) (v128.const i64x2 0 0))) (drop (f32x4.relaxed_madd (v128.const i64x2 0 0) (v128.const i64x2 0 0) (v128.const i64x2 0 0)))))

;; References and tables.
(module (table $t 1 externref) (table $u 1 funcref) (func $f (param externref) (result i32)
  (table.set $t (i32.const 0) (local.get 0)) (drop (table.get $t (i32.const 0))) (drop (table.grow $u (ref.func $f) (i32.const 1))) (drop (table.size 1))
  (table.fill $t (i32.const 0) (ref.null extern) (i32.const 1)) (table.copy $u $u (i32.const 0) (i32.const 0) (i32.const 0))
  (table.init $u $e (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop $e) (ref.is_null (local.get 0))) (elem $e func $f))
(module (table 1 funcref) (func $f) (elem $e func $f) (func (table.init $e (i32.const 0) (i32.const 0) (i32.const 0)) (table.copy (i32.const 0) (i32.const 0) (i32.const 0))))

;; Sign extension and saturating conversion.
(module (func (drop (i64.extend32_s (i64.const 1))) (drop (i32.trunc_sat_f64_u (f64.const 1))) (drop (i64.trunc_sat_f32_s (f32.const 1)))))

;; Tokens.
(module(func(nop)nop)(;a(;b;)c;)(func;;x
))
(module (func $!#$%&'*+-./:<=>?@\^_`|~0aZ (call $!#$%&'*+-./:<=>?@\^_`|~0aZ)))
