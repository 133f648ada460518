# For the Makefile of an ops repository: include path/to/ops.mk
.PHONY: upgrade upgrade-plan upgrade-status rollback

upgrade:         ## upgrade OpenClaw, proven or rolled back
	clawupgrade run --yes

upgrade-plan:    ## what would be done
	clawupgrade plan --no-exit-code

upgrade-status:
	clawupgrade status

rollback:        ## take the last upgrade back
	clawupgrade rollback --yes
