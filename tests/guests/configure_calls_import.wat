;; world: router
;; Notes a line when it is configured.
(func $configuring
  (call $log (i32.const 1) (i32.const 2312) (i32.const 8)))
