;; world: router
;; Takes more memory in `configure` than it may have when it is called, 4 MiB.
(func $configuring
  (drop (memory.grow (i32.const 60))))
