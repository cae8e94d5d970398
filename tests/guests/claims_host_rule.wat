;; world: router
;; Answers in the name of a rule of the host.
(data (i32.const 3072) "host:on-failure")
(func $misbehave (param i32) (result i32)
  (call $string (i32.add (global.get $decision) (i32.const 40)) (i32.const 3072) (i32.const 15))
  (global.get $decision))
