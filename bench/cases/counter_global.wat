;; Counts to the argument and adds up what it counts, in globals.
(module
  (global $i (mut i32) (i32.const 0))
  (global $sum (mut i64) (i64.const 0))
  (func (export "run") (param $n i32) (result i64)
    (global.set $i (i32.const 0))
    (global.set $sum (i64.const 0))
    (block $end
      (loop $again
        (br_if $end (i32.ge_u (global.get $i) (local.get $n)))
        (global.set $sum (i64.add (global.get $sum) (i64.extend_i32_u (global.get $i))))
        (global.set $i (i32.add (global.get $i) (i32.const 1)))
        (br $again)))
    (global.get $sum)))
