;; world: router
;; Divides by zero.
(func $misbehave (param i32) (result i32)
  (i32.store (global.get $decision) (i32.div_u (i32.const 1) (i32.load (i32.const 0))))
  (global.get $decision))
