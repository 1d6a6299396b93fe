<#import "logout-layout.ftl" as layout>
<@layout.page heading=msg("pageExpiredTitle") icon="clock" flow=true>
  <p>${msg("pageExpiredText")}</p>
  <div class="sso-actions">
    <@layout.link id="loginContinueLink" href=url.loginAction label=msg("pageExpiredContinue") primary=true/>
    <@layout.link id="loginRestartLink" href=url.loginRestartFlowUrl label=msg("pageExpiredRestart")/>
  </div>
</@layout.page>
