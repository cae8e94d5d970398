;; world: router
;; Calls itself for ever. What is added after the call keeps it from becoming a
;; loop.
(func $misbehave (param $depth i32) (result i32)
  (i32.add
    (call $misbehave (i32.add (local.get $depth) (i32.const 1)))
    (i32.const 1)))
