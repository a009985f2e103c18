;; Makes a binary tree of 8191 structures a round, and counts them.
(module
  (type $tree (struct (field $left (ref null $tree)) (field $right (ref null $tree))))

  (func $make (param $depth i32) (result (ref $tree))
    (if (result (ref $tree)) (i32.eqz (local.get $depth))
      (then (struct.new_default $tree))
      (else
        (struct.new $tree
          (call $make (i32.sub (local.get $depth) (i32.const 1)))
          (call $make (i32.sub (local.get $depth) (i32.const 1)))))))

  (func $count (param $tree (ref null $tree)) (result i32)
    (if (result i32) (ref.is_null (local.get $tree))
      (then (i32.const 0))
      (else
        (i32.add
          (i32.const 1)
          (i32.add
            (call $count (struct.get $tree $left (local.get $tree)))
            (call $count (struct.get $tree $right (local.get $tree))))))))

  (func (export "run") (param $rounds i32) (result i64)
    (local $sum i64)
    (loop $again
      (if (local.get $rounds)
        (then
          (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (call $count (call $make (i32.const 12))))))
          (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
          (br $again))))
    (local.get $sum)))
