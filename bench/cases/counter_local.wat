;; Counts to the argument and adds up what it counts, in locals.
(module
  (func (export "run") (param $n i32) (result i64)
    (local $i i32)
    (local $sum i64)
    (block $end
      (loop $again
        (br_if $end (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $again)))
    (local.get $sum)))
